package dev.layar.proxy.ads;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The one call of Istio's certificate service, from {@code security/v1alpha1/ca.proto}. */
final class CertificateCalls {
  private static final int MAX_CHAIN = 32;

  /** {@code IstioCertificateRequest}: {@code csr = 1; validity_duration = 3}. */
  record Request(String csr, long validitySeconds) {}

  /** {@code IstioCertificateResponse}: {@code cert_chain = 1}, the leaf first, the root last. */
  record Response(List<String> chain) {
    Response {
      chain = List.copyOf(chain);
    }
  }

  static final MethodDescriptor<Request, Response> CREATE =
      MethodDescriptor.<Request, Response>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("istio.v1.auth.IstioCertificateService/CreateCertificate")
          .setRequestMarshaller(new Requests())
          .setResponseMarshaller(new Responses())
          .build();

  private CertificateCalls() {}

  private static final class Requests implements MethodDescriptor.Marshaller<Request> {
    @Override
    public InputStream stream(Request request) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeString(1, request.csr());
        out.writeInt64(3, request.validitySeconds());
        out.flush();
      } catch (IOException impossible) {
        throw new IllegalStateException("memory does not fail", impossible);
      }
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public Request parse(InputStream stream) {
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        String csr = "";
        long validity = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          switch (WireFormat.getTagFieldNumber(tag)) {
            case 1 -> csr = in.readStringRequireUtf8();
            case 3 -> validity = in.readInt64();
            default -> in.skipField(tag);
          }
        }
        return new Request(csr, validity);
      } catch (IOException e) {
        throw malformed(e);
      }
    }
  }

  private static final class Responses implements MethodDescriptor.Marshaller<Response> {
    @Override
    public InputStream stream(Response response) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (String certificate : response.chain()) {
          out.writeString(1, certificate);
        }
        out.flush();
      } catch (IOException impossible) {
        throw new IllegalStateException("memory does not fail", impossible);
      }
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public Response parse(InputStream stream) {
      try {
        CodedInputStream in = CodedInputStream.newInstance(stream);
        List<String> chain = new ArrayList<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
          if (WireFormat.getTagFieldNumber(tag) == 1 && chain.size() < MAX_CHAIN) {
            chain.add(in.readStringRequireUtf8());
          } else {
            in.skipField(tag);
          }
        }
        return new Response(chain);
      } catch (IOException e) {
        throw malformed(e);
      }
    }
  }

  private static RuntimeException malformed(IOException why) {
    return Status.INTERNAL
        .withDescription("the message is malformed")
        .withCause(why)
        .asRuntimeException();
  }
}
