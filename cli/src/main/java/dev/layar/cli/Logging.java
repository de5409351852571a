package dev.layar.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import org.slf4j.LoggerFactory;

/**
 * The process's own log: one line an event on standard error, so that standard output holds results
 * alone. {@code LAYAR_LOG} sets the level; {@code warn} when it is not set. In code and without a
 * pattern, because reading either would take a good part of the proxy's start.
 */
final class Logging {
  private Logging() {}

  static void setUp(String level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(new Line());
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(level, Level.WARN));
    root.addAppender(appender);
  }

  /**
   * {@code 2026-11-21T02:24:36.123Z WARN dev.layar.proxy.Server - text}, then the stack trace if
   * there is one.
   */
  private static final class Line extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
      StringBuilder out = new StringBuilder(160);
      out.append(event.getInstant()).append(' ').append(event.getLevel()).append(' ');
      out.append(event.getLoggerName()).append(" - ").append(event.getFormattedMessage());
      out.append('\n');
      if (event.getThrowableProxy() != null) {
        out.append(ThrowableProxyUtil.asString(event.getThrowableProxy())).append('\n');
      }
      return out.toString();
    }
  }
}
