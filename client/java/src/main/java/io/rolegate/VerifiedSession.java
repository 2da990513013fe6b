package io.rolegate;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.Header;
import io.jsonwebtoken.JwsHeader;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import java.security.Key;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a session says of itself. It may have been revoked since; only the service knows.
 *
 * @param arn the session's ARN
 * @param roleArn its role's
 * @param roleSessionName its name
 * @param accessKeyId names it in audit logs and revocations
 * @param expiresAt when it ends
 * @param sourceIdentity who is behind it; empty if that was not said
 * @param tags its tags
 */
public record VerifiedSession(
    String arn,
    String roleArn,
    String roleSessionName,
    String accessKeyId,
    Instant expiresAt,
    String sourceIdentity,
    Map<String, String> tags) {
  private static final String TYPE = "rolegate-session+jwt";
  private static final String ALGORITHM = "EdDSA";
  private static final int SKEW_SECONDS = 60; // the clocks of two machines may be so far apart
  private static final int MAX_BYTES = 6 * 1024; // the service never issues a longer one

  /**
   * Checks a session's token without a server, by {@code keys}, a JSON Web Key Set: what {@link
   * RolegateClient#getSigningKeys} gives, or the server publishes. Type and algorithm are this
   * method's and never the token's.
   *
   * @param token the token
   * @param keys a JSON Web Key Set
   * @param issuer the service's {@code session.issuer}
   * @param audience the service's {@code session.audience}
   * @return what the session says of itself
   * @throws RolegateException {@code ExpiredToken} for a session that has ended, {@code
   *     InvalidClientTokenId} for anything else that is wrong
   */
  public static VerifiedSession verify(String token, String keys, String issuer, String audience) {
    if (token.length() > MAX_BYTES) {
      throw refused();
    }
    try {
      Claims claims =
          Jwts.parser()
              .keyLocator(header -> find(header, keys))
              .requireIssuer(issuer)
              .requireAudience(audience)
              .clockSkewSeconds(SKEW_SECONDS)
              .build()
              .parseSignedClaims(token)
              .getPayload();
      boolean complete =
          claims.getExpiration() != null
              && claims.getNotBefore() != null
              && claims.getIssuedAt() != null
              && claims.getSubject() != null
              && claims.getId() != null;
      if (!complete
          || claims.getIssuedAt().toInstant().isAfter(Instant.now().plusSeconds(SKEW_SECONDS))) {
        throw refused();
      }
      return new VerifiedSession(
          claims.getSubject(),
          claims.get("role", String.class),
          claims.get("name", String.class),
          claims.getId(),
          claims.getExpiration().toInstant(),
          claims.get("source_identity") == null ? "" : claims.get("source_identity", String.class),
          tags(claims.get("tags")));
    } catch (ExpiredJwtException e) {
      throw new RolegateException(
          RolegateException.EXPIRED_TOKEN, "UNAUTHENTICATED", "the session has ended");
    } catch (JwtException | IllegalArgumentException | ClassCastException e) {
      throw refused();
    }
  }

  private static Key find(Header header, String keys) {
    if (!(header instanceof JwsHeader signed)
        || !TYPE.equals(header.getType())
        || !ALGORITHM.equals(header.getAlgorithm())
        || signed.getKeyId() == null) {
      throw refused();
    }
    for (Jwk<?> key : Jwks.setParser().build().parse(keys).getKeys()) {
      if (signed.getKeyId().equals(key.getId())) {
        return key.toKey();
      }
    }
    throw refused();
  }

  private static Map<String, String> tags(Object list) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (list instanceof List<?> pairs) {
      for (Object pair : pairs) {
        List<?> entry = (List<?>) pair;
        tags.put((String) entry.get(0), (String) entry.get(1));
      }
    }
    return Map.copyOf(tags);
  }

  private static RolegateException refused() {
    return new RolegateException(
        RolegateException.INVALID_CLIENT_TOKEN_ID,
        "UNAUTHENTICATED",
        "the session token does not hold by these keys");
  }
}
