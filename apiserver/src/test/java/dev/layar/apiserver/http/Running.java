package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server on an API in memory, with pods that are processes; and a kubectl that knows it. */
final class Running implements AutoCloseable {
  final ProcessPods pods = new ProcessPods();
  final Api api;
  final ApiServer server;
  final Path directory;
  final Path kubeconfig;
  final Kubectl kubectl;

  Running(Path directory) throws Exception {
    this.directory = directory;
    this.api = ObjectApi.open(StoreOptions.inMemory());
    this.server = ApiServer.start(api, pods, ServerOptions.in(directory.resolve("server")));
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
