package dev.layar.apiserver.http;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Api;
import dev.layar.apiserver.auth.RoleGuard;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import dev.layar.apiserver.webhook.Webhooks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A server on an API in memory, with pods that are processes; and a kubectl that knows it. */
final class Running implements AutoCloseable {
  final ProcessPods pods = new ProcessPods();
  final Api api;
  final ApiServer server;
  final Path directory;
  final Path kubeconfig;
  final Kubectl kubectl;

  Running(Path directory) throws Exception {
    this(directory, ServerOptions.Limits.DEFAULT, _ -> List.of());
  }

  Running(Path directory, ServerOptions.Limits limits, Admission more) throws Exception {
    this.directory = directory;
    Webhooks webhooks = new Webhooks();
    RoleGuard guard = new RoleGuard();
    this.api =
        ObjectApi.open(
            StoreOptions.inMemory()
                .with(List.of(webhooks.mutating(), guard, more, webhooks.validating())));
    webhooks.attach(api, pods);
    guard.attach(api);
    this.server =
        ApiServer.start(api, pods, ServerOptions.in(directory.resolve("server")).with(limits));
    this.kubeconfig = directory.resolve("kubeconfig");
    server.kubeconfig(kubeconfig);
    this.kubectl = Kubectl.with(kubeconfig, Files.createDirectories(directory.resolve("home")));
  }

  @Override
  public void close() {
    server.close();
    api.close();
  }
}
