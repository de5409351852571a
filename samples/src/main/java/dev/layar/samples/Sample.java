package dev.layar.samples;

import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.io.IOException;

/** One sample service: how it answers and how it logs. Called from many threads at once. */
interface Sample {
  Response answer(Request request) throws IOException;

  /** One line on standard output for each request. */
  HttpServer.AccessLog log();

  /** The line printed when it listens. */
  String greeting(String address);
}
