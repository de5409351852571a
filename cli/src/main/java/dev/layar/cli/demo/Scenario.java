package dev.layar.cli.demo;

/** One story the mesh must tell the way its manifests say. Stateless. */
interface Scenario {

  /** Its name on the command line and its folder under {@code examples/}. */
  String name();

  /** What it shows, in one short line. */
  String summary();

  /** What to try by hand after {@code ./layar exec} while its mesh runs. */
  String example();

  /**
   * Applies the manifests, sends traffic and records what was found.
   *
   * @throws DemoFailure when the mesh could not be brought to the point of asking
   */
  void play(World world, Checks checks) throws DemoFailure, InterruptedException;
}
