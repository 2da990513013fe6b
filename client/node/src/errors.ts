import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { status, type ServiceError } from "@grpc/grpc-js";

/**
 * A call that brought no answer.
 *
 * ```ts
 * try {
 *   await client.assumeRole({ roleArn, roleSessionName: "shop" });
 * } catch (error) {
 *   if (error instanceof RolegateError && error.name === "AccessDenied") ...
 * }
 * ```
 */
export class RolegateError extends Error {
  /** AWS's name of the error, `AccessDenied` for instance; gRPC's code's name
   * if the service did not speak. */
  override readonly name: ErrorName | (string & {});
  /** The name of gRPC's status code, `PERMISSION_DENIED` for instance. */
  readonly code: string;
  /** The sealed record of a refusal, for `decodeAuthorizationMessage`; empty if
   * there is none. */
  readonly encodedMessage: string;
  /** Whether AWS's name was given, so that the service did speak. */
  readonly named: boolean;

  constructor(name: string, code: string, message: string, encodedMessage = "") {
    super(message);
    this.named = name !== "";
    this.name = name || code;
    this.code = code;
    this.encodedMessage = encodedMessage;
  }
}

/** The names that the service gives its errors. */
export type ErrorName =
  | "AccessDenied"
  | "EvaluationBudgetExceeded"
  | "ExpiredToken"
  | "ExpiredTokenException"
  | "IDPCommunicationError"
  | "IDPRejectedClaim"
  | "InvalidAuthorizationMessageException"
  | "InvalidClientTokenId"
  | "InvalidIdentityToken"
  | "InvalidParameterValue"
  | "MalformedPolicyDocument"
  | "MissingAuthenticationToken"
  | "NoSuchEntity"
  | "NotImplemented"
  | "PackedPolicyTooLarge"
  | "RegistryNotLoaded"
  | "ServiceUnavailable"
  | "Throttling"
  | "ValidationError";

/** What an error of gRPC means. */
export function errorOf(error: Error & Partial<ServiceError>): RolegateError {
  let name = "";
  let encodedMessage = "";
  for (const details of error.metadata?.get("grpc-status-details-bin") ?? []) {
    if (typeof details === "string") continue;
    try {
      const info = errorInfoOf(details);
      name = info.reason;
      encodedMessage = info.metadata.get("encoded_message") ?? "";
    } catch {
      // Not ours: the status's own message must do.
    }
  }
  return new RolegateError(
    name,
    status[error.code ?? status.UNKNOWN],
    error.details ?? error.message,
    encodedMessage,
  );
}

const ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo";

/** A google.rpc.Status with an ErrorInfo, as the service's own errors have it. */
export function encodeErrorInfo(
  code: number,
  message: string,
  reason: string,
  decisionId?: string,
): Uint8Array {
  const info = new BinaryWriter().uint32(10).string(reason).uint32(18).string("rolegate.v1");
  if (decisionId !== undefined) {
    info.uint32(26).fork().uint32(10).string("decision_id").uint32(18).string(decisionId).join();
  }
  return new BinaryWriter()
    .uint32(8)
    .int32(code)
    .uint32(18)
    .string(message)
    .uint32(26)
    .fork()
    .uint32(10)
    .string(ERROR_INFO)
    .uint32(18)
    .bytes(info.finish())
    .join()
    .finish();
}

interface ErrorInfo {
  reason: string;
  metadata: Map<string, string>;
}

/** The ErrorInfo in a google.rpc.Status. */
function errorInfoOf(bytes: Uint8Array): ErrorInfo {
  const info: ErrorInfo = { reason: "", metadata: new Map() };
  for (const detail of fieldsOf(bytes, 3)) {
    const type = new TextDecoder().decode(fieldsOf(detail, 1)[0]);
    if (type !== ERROR_INFO) continue;
    for (const value of fieldsOf(detail, 2)) {
      info.reason = textOf(value, 1);
      for (const entry of fieldsOf(value, 3)) {
        info.metadata.set(textOf(entry, 1), textOf(entry, 2));
      }
    }
  }
  return info;
}

function textOf(message: Uint8Array, field: number): string {
  const [bytes] = fieldsOf(message, field);
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

/** The values of a field of Protobuf's wire format that has a length. */
function fieldsOf(message: Uint8Array, field: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === WireType.LengthDelimited) {
      found.push(reader.bytes());
    } else {
      reader.skip(wireType);
    }
  }
  return found;
}
