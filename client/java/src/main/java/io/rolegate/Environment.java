package io.rolegate;

import java.io.File;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** What {@link RolegateClient#fromEnvironment} reads. */
final class Environment {
  private static final int MAX_NAME = 64;

  private Environment() {}

  static Session session(Map<String, String> environment) {
    String target = value(environment, "ROLEGATE_SERVER");
    if (target == null) {
      throw new IllegalStateException(
          "ROLEGATE_SERVER is not set; it names the server, " + "`HOST:PORT` or `unix:/path`");
    }
    RolegateClient.Builder builder =
        RolegateClient.builder(target).sessionToken(value(environment, "ROLEGATE_SESSION_TOKEN"));
    String ca = value(environment, "ROLEGATE_TLS_CA");
    if (ca != null) {
      builder.ca(new File(ca));
    }
    String cert = value(environment, "ROLEGATE_TLS_CERT");
    String key = value(environment, "ROLEGATE_TLS_KEY");
    if (cert != null && key != null) {
      builder.certificate(new File(cert), new File(key));
    }
    RolegateClient client = builder.build();
    String role = value(environment, "ROLEGATE_ROLE_ARN");
    if (role == null || value(environment, "ROLEGATE_SESSION_TOKEN") != null) {
      return client.caller();
    }
    String name = value(environment, "ROLEGATE_ROLE_SESSION_NAME");
    AssumeRole ask = AssumeRole.of(role, name != null ? name : defaultSessionName());
    String file = value(environment, "ROLEGATE_WEB_IDENTITY_TOKEN_FILE");
    try {
      return file == null
          ? client.assumeRole(ask)
          : client.assumeRoleWithWebIdentity(
              ask, AssumeRole.WebIdentityToken.inFile(Path.of(file)));
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private static String value(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  /** The host's name, or the time. */
  private static String defaultSessionName() {
    String host = "";
    try {
      host = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9_=,.@-]", "");
    } catch (UnknownHostException nameless) {
      // The time must do.
    }
    host = host.substring(0, Math.min(host.length(), MAX_NAME));
    return host.length() >= 2 ? host : "rolegate-" + Instant.now().getEpochSecond();
  }
}
