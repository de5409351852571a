package dev.layar.controlplane.ca;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.layar.base.Finding;
import dev.layar.base.Result;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Istio's certificate service ({@code istio.v1.auth.IstioCertificateService}, {@code
 * security/v1alpha1/ca.proto}), which Istio's agent calls with a request for its pod's identity.
 * Thread-safe; calls run on the server's executor, a bounded number at a time.
 */
public final class CertificateService {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateService.class);
  private static final int AT_A_TIME = 64;

  /** {@code IstioCertificateRequest}. */
  public record Request(String csr, long validitySeconds) {}

  /** {@code IstioCertificateResponse}: PEM, leaf first, root last. */
  public record Response(List<String> chain) {
    public Response {
      chain = List.copyOf(chain);
    }
  }

  /** {@code CreateCertificate}, for clients too. */
  public static final MethodDescriptor<Request, Response> CREATE =
      MethodDescriptor.<Request, Response>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("istio.v1.auth.IstioCertificateService/CreateCertificate")
          .setRequestMarshaller(new RequestMarshaller())
          .setResponseMarshaller(new ResponseMarshaller())
          .build();

  private final CertificateAuthority authority;
  private final CallerVerifier verifier;
  private final Semaphore running = new Semaphore(AT_A_TIME);

  private CertificateService(CertificateAuthority authority, CallerVerifier verifier) {
    this.authority = authority;
    this.verifier = verifier;
  }

  /** The service, to be added to a gRPC server. */
  public static ServerServiceDefinition of(
      CertificateAuthority authority, CallerVerifier verifier) {
    CertificateService service = new CertificateService(authority, verifier);
    return ServerInterceptors.intercept(
        ServerServiceDefinition.builder("istio.v1.auth.IstioCertificateService")
            .addMethod(CREATE, ServerCalls.asyncUnaryCall(service::create))
            .build(),
        new Callers());
  }

  private void create(Request request, StreamObserver<Response> out) {
    if (!running.tryAcquire()) {
      out.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription(AT_A_TIME + " requests are being answered; ask again")
              .asRuntimeException());
      return;
    }
    try {
      answer(request, out);
    } finally {
      running.release();
    }
  }

  private void answer(Request request, StreamObserver<Response> out) {
    Caller caller = Callers.current();
    Optional<SpiffeId> id = verifier.verify(caller);
    if (id.isEmpty()) {
      LOG.warn("a certificate was refused to {}", caller);
      out.onError(
          Status.UNAUTHENTICATED
              .withDescription("neither a valid token nor a certificate of this mesh")
              .asRuntimeException());
      return;
    }
    Duration ttl = Duration.ofSeconds(Math.clamp(request.validitySeconds(), 0, Integer.MAX_VALUE));
    switch (authority.sign(request.csr(), id.get(), ttl)) {
      case Result.Ok<List<X509Certificate>>(List<X509Certificate> chain, var _) -> {
        out.onNext(
            new Response(chain.stream().map(certificate -> Pem.of(List.of(certificate))).toList()));
        out.onCompleted();
      }
      case Result.Rejected<List<X509Certificate>>(List<Finding> findings) ->
          out.onError(
              Status.INVALID_ARGUMENT
                  .withDescription(
                      findings.stream().map(Finding::line).collect(Collectors.joining("; ")))
                  .asRuntimeException());
    }
  }

  /** {@code csr = 1; validity_duration = 3}; other fields are skipped. */
  private static final class RequestMarshaller implements MethodDescriptor.Marshaller<Request> {
    @Override
    public InputStream stream(Request request) {
      return written(
          out -> {
            out.writeString(1, request.csr());
            out.writeInt64(3, request.validitySeconds());
          });
    }

    @Override
    public Request parse(InputStream stream) {
      String csr = "";
      long validity = 0;
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (tag == tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
            csr = in.readStringRequireUtf8();
          } else if (tag == tag(3, WireFormat.WIRETYPE_VARINT)) {
            validity = in.readInt64();
          } else {
            in.skipField(tag);
          }
        }
      } catch (IOException malformed) {
        throw malformed(malformed);
      }
      return new Request(csr, validity);
    }
  }

  /** {@code cert_chain = 1}. */
  private static final class ResponseMarshaller implements MethodDescriptor.Marshaller<Response> {
    @Override
    public InputStream stream(Response response) {
      return written(
          out -> {
            for (String certificate : response.chain()) {
              out.writeString(1, certificate);
            }
          });
    }

    @Override
    public Response parse(InputStream stream) {
      List<String> chain = new ArrayList<>();
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (tag == tag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
            chain.add(in.readStringRequireUtf8());
          } else {
            in.skipField(tag);
          }
        }
      } catch (IOException malformed) {
        throw malformed(malformed);
      }
      return new Response(chain);
    }
  }

  private static int tag(int field, int wireType) {
    return field << 3 | wireType; // protobuf encoding, "Message structure"
  }

  private static RuntimeException malformed(IOException why) {
    return Status.INVALID_ARGUMENT
        .withDescription("the message is malformed")
        .withCause(why)
        .asRuntimeException();
  }

  /** Writes a message. */
  @FunctionalInterface
  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static InputStream written(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      writer.write(out);
      out.flush();
    } catch (IOException impossible) {
      throw new IllegalStateException("memory does not fail", impossible);
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }
}
