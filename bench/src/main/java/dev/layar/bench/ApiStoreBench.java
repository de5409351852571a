package dev.layar.bench;

import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.kinds.Catalogue;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.node.ObjectNode;

/**
 * How long lists and durable writes of the API take with 1,000 pods and 5,000 services stored, what
 * a bare sync of the same disk takes beside it, and what the objects weigh. One process; writes to
 * the directory that it is given.
 */
public final class ApiStoreBench {
  private static final int PODS = 1_000;
  private static final int SERVICES = 5_000;
  private static final int WRITES = 1_000;
  private static final int LISTS = 50;
  private static final WriteOptions OPTIONS = WriteOptions.system("bench");
  private static final ResourceType POD = Catalogue.find("", "pods");
  private static final ResourceType SERVICE = Catalogue.find("", "services");

  private ApiStoreBench() {}

  /**
   * @param args the directory to write to
   */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    Files.createDirectories(directory);
    report("bare sync of 2 KB", syncs(directory.resolve("sync")));
    long before = heap();
    try (ObjectApi api = ObjectApi.open(StoreOptions.inMemory().in(directory.resolve("api")))) {
      fill(api);
      System.out.printf(Locale.ROOT, "heap for the objects: %d MiB%n", (heap() - before) >> 20);
      report("list 1,000 pods", lists(api, POD, "", LISTS));
      report("list 5,000 services", lists(api, SERVICE, "", LISTS));
      report("list services by label", lists(api, SERVICE, "app=s7", LISTS));
      report("write, alone", writes(api, 0, WRITES));
      report("write, 8 at a time", concurrent(api));
    }
    long start = System.nanoTime();
    ObjectApi.open(StoreOptions.inMemory().in(directory.resolve("api"))).close();
    System.out.printf(Locale.ROOT, "open again: %.0f ms%n", (System.nanoTime() - start) / 1e6);
  }

  private static void report(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%-24s p50 %7.2f ms  p99 %7.2f ms  max %7.2f ms  (n=%d)%n",
        what,
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6,
        nanos[nanos.length - 1] / 1e6,
        nanos.length);
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long[] syncs(Path file) throws IOException {
    long[] out = new long[WRITES / 2];
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < out.length; i++) {
        long start = System.nanoTime();
        log.write(new byte[2048]);
        log.getFD().sync();
        out[i] = System.nanoTime() - start;
      }
    }
    return out;
  }

  private static void fill(ObjectApi api) throws InterruptedException {
    int threads = 16;
    CountDownLatch done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      int first = t;
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = first; i < SERVICES; i += threads) {
                  api.create(SERVICE, "v1", "default", service(i), OPTIONS);
                  if (i < PODS) {
                    api.create(POD, "v1", "default", pod(i), OPTIONS);
                  }
                }
                done.countDown();
              });
    }
    done.await();
  }

  private static ObjectNode service(int i) {
    ObjectNode out = Json.object();
    out.putObject("metadata").put("name", "s" + i).putObject("labels").put("app", "s" + i);
    ObjectNode spec = out.putObject("spec");
    spec.putObject("selector").put("app", "s" + i);
    spec.putArray("ports").addObject().put("name", "http").put("port", 80).put("targetPort", 8080);
    return out;
  }

  private static ObjectNode pod(int i) {
    ObjectNode out = Json.object();
    out.putObject("metadata").put("name", "p" + i).putObject("labels").put("app", "s" + i);
    ObjectNode container =
        out.putObject("spec").put("nodeName", "n").putArray("containers").addObject();
    container.put("name", "app").put("image", "httpbin:1");
    container.putArray("ports").addObject().put("containerPort", 8080);
    container.putArray("env").addObject().put("name", "A").put("value", "b");
    return out;
  }

  private static long[] lists(ObjectApi api, ResourceType type, String labels, int count) {
    long[] out = new long[count];
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      ObjectPage page = api.list(new ObjectQuery(type, "v1", "", labels, ""), 0, "");
      long bytes = 0;
      for (ObjectNode item : page.items()) {
        bytes += Json.write(item).length; // as it goes over the wire
      }
      out[i] = System.nanoTime() - start;
      if (bytes == 0) {
        throw new IllegalStateException("nothing was listed");
      }
    }
    return out;
  }

  private static long[] writes(ObjectApi api, int from, int count) {
    long[] out = new long[count];
    for (int i = 0; i < count; i++) {
      ObjectNode patch = Json.object();
      patch.putObject("metadata").putObject("annotations").put("n", from + "-" + i);
      ObjectRef ref = new ObjectRef(POD, "default", "p" + ((from + i) % PODS));
      long start = System.nanoTime();
      api.patch(ref, "v1", Subresource.NONE, PatchType.MERGE, patch, OPTIONS);
      out[i] = System.nanoTime() - start;
    }
    return out;
  }

  private static long[] concurrent(ObjectApi api) throws InterruptedException {
    int threads = 8;
    int each = WRITES / threads;
    long[] out = new long[threads * each];
    CountDownLatch done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      int thread = t;
      Thread.ofPlatform()
          .start(
              () -> {
                long[] own = writes(api, thread * each, each);
                System.arraycopy(own, 0, out, thread * each, each);
                done.countDown();
              });
    }
    done.await();
    return out;
  }
}
