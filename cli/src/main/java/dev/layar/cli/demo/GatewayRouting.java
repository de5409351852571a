package dev.layar.cli.demo;

/**
 * One host at a gateway, two services behind it as if one; anything else is 404. The caller
 * connects to the gateway's own address, as somebody outside the mesh would.
 */
final class GatewayRouting implements Scenario {
  private static final int CALLS = 50;

  @Override
  public String name() {
    return "gateway";
  }

  @Override
  public String summary() {
    return "bookinfo.com at the gateway: /reviews and /ratings as one service";
  }

  @Override
  public String example() {
    return "outside -- curl -sS --noproxy '*' -H 'Host: bookinfo.com' http://GATEWAY/reviews/0";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("gateway/app.yaml", "gateway/rules.yaml");
    reaches(world, checks, "bookinfo.com", "/reviews/0", "reviews-");
    reaches(world, checks, "bookinfo.com", "/ratings/0", "ratings-");
    isNotFound(world, checks, "bookinfo.com", "/details/0");
    isNotFound(world, checks, "elsewhere.com", "/reviews/0");
  }

  private static void reaches(
      World world, Checks checks, String host, String path, String podPrefix)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, host, path);
    int hits = seen.fromPods(pod -> pod.startsWith(podPrefix));
    checks.equal(
        CALLS + " calls to " + host + path,
        CALLS + " x 200, " + CALLS + " from " + podPrefix + "*",
        seen.outcome() + ", " + hits + " from " + podPrefix + "*");
  }

  private static void isNotFound(World world, Checks checks, String host, String path)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, host, path);
    checks.equal(
        CALLS + " calls to " + host + path + ", which nobody declared",
        CALLS + " x 404, 0 from pods",
        seen.outcome() + ", " + seen.fromPods(pod -> true) + " from pods");
  }

  private static Fetched call(World world, String host, String path)
      throws DemoFailure, InterruptedException {
    return world.fetch(
        Names.DEFAULT,
        "outside",
        "-n",
        String.valueOf(CALLS),
        "-c",
        "4",
        "--direct",
        "-H",
        "Host: " + host,
        "http://" + world.gateway() + path);
  }
}
