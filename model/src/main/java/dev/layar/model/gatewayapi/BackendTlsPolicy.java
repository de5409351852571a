package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;

/** The Gateway API's BackendTLSPolicy. */
@Doc("TLS from gateways to some services.")
public record BackendTlsPolicy(
    @Doc("The services.") @Required List<Target> targetRefs,
    @Doc("How the service's certificate is checked.") @Required Validation validation,
    @Doc("Settings of the implementation.") Map<String, String> options) {
  public BackendTlsPolicy {
    targetRefs = List.copyOf(targetRefs);
    options = Values.sorted(options);
  }

  /** The Gateway API's LocalPolicyTargetReferenceWithSectionName. */
  @Doc("A service.")
  public record Target(
      @Doc("Its API group; empty for the core group.") String group,
      @Doc("Its kind.") @Required String kind,
      @Doc("Its name.") @Required String name,
      @Doc("Name of one port; left out: all.") String sectionName) {}

  /** The Gateway API's BackendTLSPolicyValidation. */
  @Doc("How a certificate is checked.")
  public record Validation(
      @Doc("ConfigMaps with the authorities.")
          List<HttpRouteResource.LocalReference> caCertificateRefs,
      @Doc("System for the authorities of the system, instead of caCertificateRefs.")
          String wellKnownCACertificates,
      @Doc("Server name to ask for and to find in the certificate.") @Required String hostname,
      @Doc("Names of which the certificate must have one, instead of hostname.")
          List<AltName> subjectAltNames) {
    public Validation {
      caCertificateRefs = List.copyOf(caCertificateRefs);
      subjectAltNames = List.copyOf(subjectAltNames);
    }
  }

  /** The Gateway API's SubjectAltName. */
  @Doc("A name in a certificate.")
  public record AltName(
      @Doc("Hostname or URI.") @Required String type,
      @Doc("A host name, for Hostname.") String hostname,
      @Doc("A URI, for URI.") String uri) {}
}
