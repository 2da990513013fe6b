package io.rolegate.middleware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.rolegate.v1.GetRoleRequest;
import io.rolegate.v1.GetRoleResponse;
import io.rolegate.v1.GetStatusRequest;
import io.rolegate.v1.ListRolesRequest;
import io.rolegate.v1.RegistryServiceGrpc;
import io.rolegate.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import io.rolegate.v1.RoleSummary;
import io.rolegate.v1.WatchRequest;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RolegateServerInterceptorTest {
  private static final String SERVICE = "/rolegate.v1.RegistryService/";
  private static final List<Rule> RULES =
      List.of(
          Rule.rpc(SERVICE + "GetStatus").asPublic(),
          Rule.rpc(SERVICE + "GetRole").action("roles:Read").resource("arn:aws:r:::{role_arn}"),
          Rule.rpc(SERVICE + "ListRoles").action("roles:List").resource("*"),
          Rule.rpc(SERVICE + "Watch").action("roles:Watch").resource("*"));

  private FakeRolegate rolegate;
  private Guarded server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    rolegate = new FakeRolegate();
    server = Guarded.grpc(new RolegateServerInterceptor(rolegate::session, RULES));
    channel =
        NettyChannelBuilder.forTarget(server.address(), InsecureChannelCredentials.create())
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.close();
    rolegate.close();
  }

  private RegistryServiceBlockingStub caller(String... authorization) {
    Metadata headers = new Metadata();
    for (String value : authorization) {
      headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), value);
    }
    return RegistryServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static GetRoleRequest role(String arn) {
    return GetRoleRequest.newBuilder().setRoleArn(arn).build();
  }

  @Test
  void theHandlerGetsWhatWasAskedAboutItsMessage() {
    assertEquals(
        RoleSummary.newBuilder()
            .setArn("roles:Read")
            .setRoleName("arn:aws:r:::a/1")
            .setRoleId("decision-1")
            .build(),
        caller("Bearer good").getRole(role("a/1")).getRole());
    assertEquals(
        "*",
        caller("Bearer good")
            .listRoles(ListRolesRequest.getDefaultInstance())
            .getRoles(0)
            .getRoleName());
    assertEquals("", caller().getStatus(GetStatusRequest.getDefaultInstance()).getRevision());
    assertEquals(3, server.handled());
    assertEquals(2, rolegate.asked.size());
  }

  @Test
  void aStreamIsAskedAboutOnce() {
    assertEquals(
        "decision-1",
        caller("Bearer good").watch(WatchRequest.getDefaultInstance()).next().getRevision());
    assertEquals(1, rolegate.asked.size());
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of("denied", "secret", Status.Code.PERMISSION_DENIED, List.of("Bearer good")),
        Arguments.of("no field", "", Status.Code.PERMISSION_DENIED, List.of("Bearer good")),
        Arguments.of(
            "malformed", "a", Status.Code.PERMISSION_DENIED, List.of("Bearer ValidationError")),
        Arguments.of("no token", "a", Status.Code.UNAUTHENTICATED, List.of()),
        Arguments.of(
            "two tokens", "a", Status.Code.UNAUTHENTICATED, List.of("Bearer good", "Bearer good")),
        Arguments.of("another scheme", "a", Status.Code.UNAUTHENTICATED, List.of("Basic good")),
        Arguments.of("expired", "a", Status.Code.UNAUTHENTICATED, List.of("Bearer ExpiredToken")),
        Arguments.of("an error", "a", Status.Code.UNAVAILABLE, List.of("Bearer broken")),
        Arguments.of("too slow", "a", Status.Code.UNAVAILABLE, List.of("Bearer slow")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refusals(String name, String arn, Status.Code code, List<String> tokens) {
    StatusRuntimeException error =
        assertThrows(
            StatusRuntimeException.class,
            () -> caller(tokens.toArray(String[]::new)).getRole(role(arn)));
    assertEquals(code, error.getStatus().getCode());
    assertFalse(error.getMessage().contains("TopSecret"), error.getMessage());
    assertEquals(0, server.handled());
  }

  @Test
  void aMethodWithoutARuleIsDenied() {
    StatusRuntimeException error =
        assertThrows(
            StatusRuntimeException.class,
            () -> caller("Bearer good").reload(io.rolegate.v1.ReloadRequest.getDefaultInstance()));
    assertEquals(Status.Code.PERMISSION_DENIED, error.getStatus().getCode());
  }

  @Test
  void aHandlerThatThrowsEndsItsCall() {
    StatusRuntimeException error =
        assertThrows(
            StatusRuntimeException.class, () -> caller("Bearer good").getRole(role("boom")));
    assertEquals(Status.Code.UNKNOWN, error.getStatus().getCode());
    assertEquals(
        "a",
        caller("Bearer good")
            .getRole(role("a"))
            .getRole()
            .getRoleName()
            .substring("arn:aws:r:::".length()));
  }

  @Test
  void aCallThatBringsNoMessageIsRefused() throws Exception {
    ClientCall<GetRoleRequest, GetRoleResponse> call =
        channel.newCall(RegistryServiceGrpc.getGetRoleMethod(), CallOptions.DEFAULT);
    CompletableFuture<Status> end = new CompletableFuture<>();
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer good");
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        headers);
    call.halfClose();
    assertEquals(Status.Code.PERMISSION_DENIED, end.get(10, TimeUnit.SECONDS).getCode());
    assertEquals(0, server.handled());
  }

  @Test
  void aCallerWhoGoesEndsTheQuestionToo() throws Exception {
    caller("Bearer good").getRole(role("a")); // All connections stand.
    assertThrows(
        StatusRuntimeException.class,
        () ->
            caller("Bearer slow").withDeadlineAfter(200, TimeUnit.MILLISECONDS).getRole(role("a")));
    assertTrue(rolegate.cancelled.await(2000, TimeUnit.MILLISECONDS));
    assertEquals(1, server.handled());
  }

  @Test
  void manyCallersGetEachTheirOwnAnswer() {
    List<CompletableFuture<String>> answers =
        Stream.iterate(0, i -> i + 1)
            .limit(50)
            .map(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> caller("Bearer good").getRole(role("" + i)).getRole().getRoleName()))
            .toList();
    for (int i = 0; i < answers.size(); i++) {
      assertEquals("arn:aws:r:::" + i, answers.get(i).join());
    }
  }
}
