package io.rolegate;

import java.time.Instant;

/**
 * What the service gave.
 *
 * @param arn whose they are
 * @param accessKeyId names the session; no secret
 * @param sessionToken the session itself; a secret
 * @param expiresAt when it ends
 */
public record Credentials(String arn, String accessKeyId, String sessionToken, Instant expiresAt) {
  static Credentials of(
      io.rolegate.v1.Credentials credentials, io.rolegate.v1.AssumedRoleUser user) {
    return new Credentials(
        user.getArn(),
        credentials.getAccessKeyId(),
        credentials.getSessionToken(),
        Instant.ofEpochSecond(
            credentials.getExpiration().getSeconds(), credentials.getExpiration().getNanos()));
  }

  /** Tells all but the secret. */
  @Override
  public String toString() {
    return "Credentials[" + arn + ", " + accessKeyId + ", until " + expiresAt + "]";
  }
}
