package dev.layar.apiserver.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Writes a kubeconfig of our own; the user's is never touched. Stateless. */
public final class Kubeconfig {
  private Kubeconfig() {}

  /**
   * Writes the file with mode 0600, in one step.
   *
   * @param server the server's URL
   * @param caPem the CA that signed the server's certificate
   */
  public static void write(Path file, String server, String caPem, String token)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Credentials.writePrivate(file, text(server, caPem, token));
  }

  private static String text(String server, String caPem, String token) {
    String ca = Base64.getEncoder().encodeToString(caPem.getBytes(StandardCharsets.UTF_8));
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: layar
      cluster:
        server: %s
        certificate-authority-data: %s
    users:
    - name: layar-admin
      user:
        token: %s
    contexts:
    - name: layar
      context:
        cluster: layar
        user: layar-admin
        namespace: default
    current-context: layar
    """
        .formatted(server, ca, token);
  }
}
