package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's AuthorizationPolicy ({@code security/v1beta1/authorization_policy.proto}) and its
 * messages.
 */
@Doc("Who may call workloads, and how. CUSTOM comes first, then DENY, then ALLOW.")
public record AuthorizationPolicy(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: of the mesh.")
        @Nullable PolicySelector selector,
    @Doc("Deprecated: one of targetRefs.") @Nullable TargetReference targetRef,
    @Doc("Objects it is attached to instead of a selector.") List<TargetReference> targetRefs,
    @Doc("Calls it is about: those that any of these matches. Left out: none.") List<Rule> rules,
    @Doc("What happens to these calls.") Action action,
    @Doc("Who decides, for CUSTOM.") @Nullable ExtensionProvider provider) {
  public AuthorizationPolicy {
    targetRefs = List.copyOf(targetRefs);
    rules = List.copyOf(rules);
  }

  /** Istio's AuthorizationPolicy.Action, in the order of its numbers. */
  public enum Action {
    @Doc("Allow them; as soon as any ALLOW policy is there, all others are denied.")
    ALLOW,
    @Doc("Deny them.")
    DENY,
    @Doc("Note them for an audit.")
    AUDIT,
    @Doc("Ask the provider.")
    CUSTOM
  }

  /** Istio's AuthorizationPolicy.ExtensionProvider. */
  @Doc("An external authorizer that the mesh configuration defines.")
  public record ExtensionProvider(@Doc("Its name.") @Required String name) {}

  /** Istio's Rule. */
  @Doc("Calls: from and to and when must all match; `{}` matches every call.")
  public record Rule(
      @Doc("Callers, any of them; left out: all.") List<From> from,
      @Doc("Operations, any of them; left out: all.") List<To> to,
      @Doc("Further conditions, all of them.") List<Condition> when) {
    public Rule {
      from = List.copyOf(from);
      to = List.copyOf(to);
      when = List.copyOf(when);
    }
  }

  /** Istio's Rule.From. */
  @Doc("Some callers.")
  public record From(@Doc("The callers.") @Nullable Source source) {}

  /** Istio's Rule.To. */
  @Doc("Some operations.")
  public record To(@Doc("The operations.") @Nullable Operation operation) {}

  /** Istio's Source. */
  @Doc("Callers: all fields that are set must match, each by any of its values.")
  public record Source(
      @Doc("Identities of mutual TLS, as trust-domain/ns/namespace/sa/account.")
          List<String> principals,
      @Doc("Identities not meant.") List<String> notPrincipals,
      @Doc("Identities of tokens, as issuer/subject.") List<String> requestPrincipals,
      @Doc("Identities of tokens not meant.") List<String> notRequestPrincipals,
      @Doc("Namespaces, by mutual TLS.") List<String> namespaces,
      @Doc("Namespaces not meant.") List<String> notNamespaces,
      @Doc("Addresses of the peer, as IP or CIDR.") List<String> ipBlocks,
      @Doc("Addresses not meant.") List<String> notIpBlocks,
      @Doc("Addresses of the original caller, by X-Forwarded-For or PROXY protocol.")
          List<String> remoteIpBlocks,
      @Doc("Addresses of the original caller not meant.") List<String> notRemoteIpBlocks,
      @Doc("Service accounts, as namespace/account or account of the own namespace.")
          List<String> serviceAccounts,
      @Doc("Service accounts not meant.") List<String> notServiceAccounts,
      @Doc("Trust domains, by mutual TLS.") List<String> trustDomains,
      @Doc("Trust domains not meant.") List<String> notTrustDomains) {
    public Source {
      principals = List.copyOf(principals);
      notPrincipals = List.copyOf(notPrincipals);
      requestPrincipals = List.copyOf(requestPrincipals);
      notRequestPrincipals = List.copyOf(notRequestPrincipals);
      namespaces = List.copyOf(namespaces);
      notNamespaces = List.copyOf(notNamespaces);
      ipBlocks = List.copyOf(ipBlocks);
      notIpBlocks = List.copyOf(notIpBlocks);
      remoteIpBlocks = List.copyOf(remoteIpBlocks);
      notRemoteIpBlocks = List.copyOf(notRemoteIpBlocks);
      serviceAccounts = List.copyOf(serviceAccounts);
      notServiceAccounts = List.copyOf(notServiceAccounts);
      trustDomains = List.copyOf(trustDomains);
      notTrustDomains = List.copyOf(notTrustDomains);
    }
  }

  /** Istio's Operation. */
  @Doc("Operations: all fields that are set must match, each by any of its values.")
  public record Operation(
      @Doc("Hosts of HTTP requests, without regard to case.") List<String> hosts,
      @Doc("Hosts not meant.") List<String> notHosts,
      @Doc("Ports of the workload.") List<String> ports,
      @Doc("Ports not meant.") List<String> notPorts,
      @Doc("HTTP methods; for gRPC always POST.") List<String> methods,
      @Doc("HTTP methods not meant.") List<String> notMethods,
      @Doc("Paths; {*} is one segment and {**} any number. For gRPC /package.service/method.")
          List<String> paths,
      @Doc("Paths not meant.") List<String> notPaths) {
    public Operation {
      hosts = List.copyOf(hosts);
      notHosts = List.copyOf(notHosts);
      ports = List.copyOf(ports);
      notPorts = List.copyOf(notPorts);
      methods = List.copyOf(methods);
      notMethods = List.copyOf(notMethods);
      paths = List.copyOf(paths);
      notPaths = List.copyOf(notPaths);
    }
  }

  /** Istio's Condition. */
  @Doc("A condition on an attribute.")
  public record Condition(
      @Doc("The attribute, for example request.headers[x-version].") @Required String key,
      @Doc("It must be one of these.") List<String> values,
      @Doc("It must be none of these.") List<String> notValues) {
    public Condition {
      values = List.copyOf(values);
      notValues = List.copyOf(notValues);
    }
  }
}
