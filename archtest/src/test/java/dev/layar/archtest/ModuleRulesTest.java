package dev.layar.archtest;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The module table of ARCHITECTURE.md and the rules that keep the modules apart. */
class ModuleRulesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.layar");

  /** Module → what it may import, itself aside. */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          Map.entry("base", Set.of()),
          Map.entry("model", Set.of("base")),
          Map.entry("analysis", Set.of("base", "model")),
          Map.entry("xds", Set.of("base")),
          Map.entry("telemetry", Set.of("base")),
          Map.entry("compiler", Set.of("base", "model", "xds")),
          Map.entry("controlplane", Set.of("base", "model", "analysis", "xds", "compiler")),
          Map.entry("proxy", Set.of("base", "xds", "telemetry")),
          Map.entry("samples", Set.of()),
          Map.entry("apiserver", Set.of("base", "model")),
          Map.entry(
              "local",
              Set.of(
                  "base",
                  "model",
                  "analysis",
                  "xds",
                  "compiler",
                  "controlplane",
                  "proxy",
                  "telemetry",
                  "samples",
                  "apiserver")));

  @Test
  void modulesImportOnlyWhatTheTableAllows() {
    MAY_IMPORT.forEach(
        (module, allowed) ->
            ArchRuleDefinition.classes()
                .that()
                .resideInAPackage("dev.layar." + module + "..")
                .should(importOnly(module, allowed))
                .allowEmptyShould(false)
                .check(CLASSES));
  }

  @Test
  void theCompilerIsPure() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.layar.compiler..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.netty..", "io.grpc..", "java.net.http..", "java.nio.file..", "org.slf4j..")
            .because("queries have no I/O, no logging and no Netty: a result is its inputs"));
  }

  @Test
  void onlyTheEdgeOfTheProxySeesProtobuf() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.layar.proxy..")
            .and()
            .resideOutsideOfPackages("dev.layar.proxy.config..", "dev.layar.proxy.ads..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.google.protobuf..", "io.envoyproxy..")
            .because("xDS messages become runtime records in one place"));
  }

  @Test
  void theDataPathNeverUsesNettysObjectCodecs() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.layar.proxy..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty.handler.codec.http")
            .because("an object a message costs more than the whole parse (ADR 1)"));
  }

  @Test
  void packagesOfOneModuleHaveNoUnsafe() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.layar..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("sun.misc.Unsafe"));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(false).check(CLASSES);
  }

  private static ArchCondition<JavaClass> importOnly(String module, Set<String> allowed) {
    return new ArchCondition<>("import only " + new TreeSet<>(allowed)) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        item.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getPackageName())
            .filter(name -> name.startsWith("dev.layar."))
            .map(name -> name.split("\\.")[2])
            .filter(other -> !other.equals(module) && !allowed.contains(other))
            .distinct()
            .forEach(
                other ->
                    events.add(
                        SimpleConditionEvent.violated(item, item.getName() + " uses " + other)));
      }
    };
  }
}
