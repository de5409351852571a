package dev.layar.apiserver.http;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who asked for what and what was answered, a JSON object a line, in {@code audit.log}. Holds no
 * bodies, no query values and no tokens. At {@link #MOST_BYTES} the file becomes {@code
 * audit.log.1} and the one before is dropped. Thread-safe.
 */
final class Audit implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final long MOST_BYTES = 8 << 20;

  /** Paths and agents come from clients: no line is longer than a few of these. */
  private static final int MOST_CHARACTERS = 512;

  private final Path file;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private OutputStream out;
  private long size;
  private boolean failing;

  private Audit(Path file, InstantSource clock, OutputStream out, long size) {
    this.file = file;
    this.clock = clock;
    this.out = out;
    this.size = size;
  }

  static Audit in(Path directory, InstantSource clock) throws IOException {
    Path file = directory.resolve("audit.log");
    OutputStream out = open(file);
    return new Audit(file, clock, out, Files.size(file));
  }

  /** A stream that an interrupt of the writing thread does not close. */
  private static OutputStream open(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return new FileOutputStream(file.toFile(), true);
  }

  /** Writes a line about a request that is answered. Health checks are left out. */
  void record(Exchange exchange, long nanos) {
    if (exchange.path().endsWith("z")) {
      return;
    }
    ObjectNode line = Json.object();
    line.put("time", clock.instant().toString());
    line.put("user", exchange.caller().user());
    if (!exchange.actor().isEmpty()) {
      line.put("impersonatedBy", exchange.actor());
    }
    line.put("method", exchange.method());
    line.put("path", shortened(exchange.path()));
    line.put("status", exchange.status());
    line.put("millis", nanos / 1_000_000);
    line.put("remote", exchange.remote());
    line.put("agent", shortened(exchange.header("User-Agent")));
    write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static String shortened(String text) {
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "…" : text;
  }

  private void write(byte[] line) {
    lock.lock();
    try {
      if (size + line.length > MOST_BYTES) {
        rotate();
      }
      out.write(line);
      size += line.length;
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOG.warn("cannot write {}", file, e);
      }
      failing = true;
    } finally {
      lock.unlock();
    }
  }

  private void rotate() throws IOException {
    out.close();
    Files.move(file, file.resolveSibling("audit.log.1"), StandardCopyOption.REPLACE_EXISTING);
    out = open(file);
    size = 0;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }
}
