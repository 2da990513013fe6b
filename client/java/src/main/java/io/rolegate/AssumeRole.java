package io.rolegate;

import io.rolegate.v1.AssumeRoleRequest;
import io.rolegate.v1.AssumeRoleWithSAMLRequest;
import io.rolegate.v1.AssumeRoleWithWebIdentityRequest;
import io.rolegate.v1.Tag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which role, and how; see AWS's AssumeRole.
 *
 * <pre>{@code
 * client.assumeRole(AssumeRole.of("arn:aws:iam::123456789012:role/Reader", "shop")
 *     .duration(Duration.ofMinutes(15))
 *     .tag("team", "red"));
 * }</pre>
 *
 * <p>Not for use by several threads while it is filled.
 */
public final class AssumeRole {
  private final String roleArn;
  private final String roleSessionName;
  private final Map<String, String> tags = new LinkedHashMap<>();
  private Duration duration;
  private String policy;
  private List<String> policyArns = List.of();
  private List<String> transitiveTagKeys = List.of();
  private String externalId;
  private String sourceIdentity;
  private String serialNumber;
  private String tokenCode;
  private Duration renewBefore;

  private AssumeRole(String roleArn, String roleSessionName) {
    this.roleArn = roleArn;
    this.roleSessionName = roleSessionName;
  }

  /**
   * A session of that name, with nothing else said.
   *
   * @param roleArn the role's ARN
   * @param roleSessionName names the session, in 2 to 64 characters
   * @return the request
   */
  public static AssumeRole of(String roleArn, String roleSessionName) {
    return new AssumeRole(roleArn, roleSessionName);
  }

  /**
   * How long the session lives; by default an hour.
   *
   * @param duration 15 minutes at least, and the role's maximum at most; parts of a second are cut
   *     off
   * @return this request
   */
  public AssumeRole duration(Duration duration) {
    this.duration = duration;
    return this;
  }

  /**
   * A session policy as JSON: the session may do what both it and the role's policies allow.
   *
   * @param policy the policy
   * @return this request
   */
  public AssumeRole policy(String policy) {
    this.policy = policy;
    return this;
  }

  /**
   * Managed policies with the same meaning.
   *
   * @param arns their ARNs, ten at most
   * @return this request
   */
  public AssumeRole policyArns(Collection<String> arns) {
    this.policyArns = List.copyOf(arns);
    return this;
  }

  /**
   * A tag, which policies see as aws:PrincipalTag/KEY.
   *
   * @param key the tag's key
   * @param value its value
   * @return this request
   */
  public AssumeRole tag(String key, String value) {
    tags.put(key, value);
    return this;
  }

  /**
   * Keys of tags that sessions made from this one inherit.
   *
   * @param keys the keys
   * @return this request
   */
  public AssumeRole transitiveTagKeys(Collection<String> keys) {
    this.transitiveTagKeys = List.copyOf(keys);
    return this;
  }

  /**
   * What the role's trust policy may ask for.
   *
   * @param externalId as agreed with who wrote the trust policy
   * @return this request
   */
  public AssumeRole externalId(String externalId) {
    this.externalId = externalId;
    return this;
  }

  /**
   * Who is behind the caller; stays for the whole chain.
   *
   * @param sourceIdentity a name, in 2 to 64 characters
   * @return this request
   */
  public AssumeRole sourceIdentity(String sourceIdentity) {
    this.sourceIdentity = sourceIdentity;
    return this;
  }

  /**
   * The caller's MFA device, and the code that it shows.
   *
   * @param serialNumber the device's ARN
   * @param tokenCode six digits
   * @return this request
   */
  public AssumeRole mfa(String serialNumber, String tokenCode) {
    this.serialNumber = serialNumber;
    this.tokenCode = tokenCode;
    return this;
  }

  /**
   * So much before its end the session is renewed; by default when a fifth of its life is left.
   *
   * @param renewBefore a time that is shorter than the life of the session
   * @return this request
   */
  public AssumeRole renewBefore(Duration renewBefore) {
    this.renewBefore = renewBefore;
    return this;
  }

  Duration renewBefore() {
    return renewBefore;
  }

  AssumeRoleRequest request() {
    AssumeRoleRequest.Builder request =
        AssumeRoleRequest.newBuilder()
            .setRoleArn(roleArn)
            .setRoleSessionName(roleSessionName)
            .addAllPolicyArns(policyArns)
            .addAllTransitiveTagKeys(transitiveTagKeys);
    tags.forEach((key, value) -> request.addTags(Tag.newBuilder().setKey(key).setValue(value)));
    if (duration != null) {
      request.setDurationSeconds(seconds(duration));
    }
    if (policy != null) {
      request.setPolicy(policy);
    }
    if (externalId != null) {
      request.setExternalId(externalId);
    }
    if (sourceIdentity != null) {
      request.setSourceIdentity(sourceIdentity);
    }
    if (serialNumber != null) {
      request.setSerialNumber(serialNumber).setTokenCode(tokenCode);
    }
    return request.build();
  }

  /** A request by the token of an identity provider; tags and the like are the token's to set. */
  AssumeRoleWithWebIdentityRequest webIdentityRequest(WebIdentityToken token) {
    AssumeRoleWithWebIdentityRequest.Builder request =
        AssumeRoleWithWebIdentityRequest.newBuilder()
            .setRoleArn(roleArn)
            .setRoleSessionName(roleSessionName)
            .setWebIdentityToken(token.read())
            .addAllPolicyArns(policyArns);
    if (duration != null) {
      request.setDurationSeconds(seconds(duration));
    }
    if (policy != null) {
      request.setPolicy(policy);
    }
    return request.build();
  }

  /** A request by a SAML response, which names the session too. */
  AssumeRoleWithSAMLRequest samlRequest(String principalArn, String samlAssertion) {
    AssumeRoleWithSAMLRequest.Builder request =
        AssumeRoleWithSAMLRequest.newBuilder()
            .setRoleArn(roleArn)
            .setPrincipalArn(principalArn)
            .setSamlAssertion(samlAssertion)
            .addAllPolicyArns(policyArns);
    if (duration != null) {
      request.setDurationSeconds(seconds(duration));
    }
    if (policy != null) {
      request.setPolicy(policy);
    }
    return request.build();
  }

  private static int seconds(Duration duration) {
    return Math.toIntExact(Math.min(duration.toSeconds(), Integer.MAX_VALUE));
  }

  /** A token of an identity provider. */
  public static final class WebIdentityToken {
    private final String text;
    private final Path file;

    private WebIdentityToken(String text, Path file) {
      this.text = text;
      this.file = file;
    }

    /**
     * The token itself.
     *
     * @param token the token
     * @return the token
     */
    public static WebIdentityToken of(String token) {
      return new WebIdentityToken(token, null);
    }

    /**
     * A file that holds it, read again at each renewal, as Kubernetes writes it anew.
     *
     * @param file the file
     * @return the token
     */
    public static WebIdentityToken inFile(Path file) {
      return new WebIdentityToken(null, file);
    }

    String read() {
      if (file == null) {
        return text;
      }
      try {
        return Files.readString(file).strip();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read `" + file + "`", e);
      }
    }
  }
}
