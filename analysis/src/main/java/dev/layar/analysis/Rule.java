package dev.layar.analysis;

import dev.layar.base.Severity;

/** The validation rules of one object. The codes are stable. */
public enum Rule {
  // Shared primitives.
  TOO_MANY("LYR0200", "an object has more findings than are reported"),
  NAME("LYR0201", "an object's name or namespace has characters or a length that are not allowed"),
  LABEL("LYR0202", "a label's name or value has a form that is not allowed"),
  ANNOTATION("LYR0203", "an annotation is reserved or has a bad value"),
  HOST("LYR0204", "a host is not a domain name, optionally with a leading wildcard"),
  DNS_LABEL("LYR0205", "a name is not a DNS label"),
  PORT("LYR0206", "a port is not within 1 to 65535"),
  DURATION("LYR0207", "a duration is shorter than allowed or not in whole units"),
  PERCENT("LYR0208", "a percentage is outside 0 to 100"),
  FRACTION("LYR0209", "a percentage is outside 0.0 to 100.0 or finer than 0.0001"),
  PORT_NAME("LYR0210", "a port's name is missing or not a DNS label"),
  PROTOCOL("LYR0211", "a protocol is not known"),
  SUBNET("LYR0212", "an address is not an IP or CIDR"),
  UNIX_PATH("LYR0213", "a unix:// path is neither absolute nor abstract"),
  REGEX("LYR0214", "an expression is empty, too long or not RE2"),
  SELECTOR("LYR0215", "a selector has an empty name or a wildcard"),
  EMPTY_SELECTOR("LYR0216", Severity.WARNING, "a selector has no labels"),
  EXPORT_TO("LYR0217", "exportTo names something that is not a namespace"),
  EXPORT_TO_TWICE("LYR0218", "exportTo names a namespace twice"),
  EXPORT_TO_MIXED("LYR0219", "exportTo has all or none together with others"),
  NEGATIVE("LYR0220", "a number is negative"),
  STRING_MATCH("LYR0221", "a match has nothing to compare with"),
  HEADER_NAME("LYR0222", "a header's name is empty or not allowed here"),
  HEADER_VALUE("LYR0223", "a header's value has control characters or an open % variable"),
  NAMESPACED_HOST("LYR0224", "a host is not of the form [namespace/]name"),

  // VirtualService.
  DELEGATE_SCOPE("LYR0230", "a delegate has fields that only a root may have"),
  GATEWAY_NAME("LYR0231", "a gateway's name is not name or namespace/name"),
  GATEWAY_LEGACY(
      "LYR0232", Severity.WARNING, "a gateway is named by host instead of namespace/name"),
  CLAIM_ON_MESH("LYR0233", "a claim of a token is matched by sidecars"),
  HOST_STAR_ON_MESH("LYR0234", "the host * is used by sidecars"),
  HOST_TWICE("LYR0235", "two hosts are the same or overlap"),
  NO_ROUTES("LYR0236", "there is no http, tls or tcp rule"),
  UNREACHABLE_RULE("LYR0237", Severity.WARNING, "a rule can never be reached"),
  INEFFECTIVE_MATCH("LYR0238", Severity.WARNING, "a match is covered by an earlier one"),
  DELEGATE_ROOT("LYR0239", "a rule that delegates has a redirect or route of its own"),
  DELEGATE_CHAIN("LYR0240", "a delegate delegates"),
  REDIRECT_ALONE("LYR0241", "a redirect is together with what it excludes"),
  DIRECT_RESPONSE_ALONE("LYR0242", "a direct response is together with what it excludes"),
  NO_ACTION("LYR0243", "a rule does nothing"),
  MIRROR_TWICE("LYR0244", "mirror and mirrors are both set"),
  MIRROR_PERCENT("LYR0245", Severity.WARNING, "mirrorPercent is deprecated"),
  AUTHORITY_TWICE("LYR0246", "the authority is rewritten in two places"),
  CORS_METHOD("LYR0247", "a CORS method is not known"),
  CORS_AGE("LYR0248", "maxAge is not in whole seconds"),
  FAULT_EMPTY("LYR0249", "a fault has neither delay nor abort"),
  ABORT_EMPTY("LYR0250", Severity.WARNING, "an abort has no error to answer"),
  FAULT_UNSUPPORTED("LYR0251", "http2Error and exponentialDelay are not supported"),
  STATUS("LYR0252", "a status is outside what is allowed here"),
  GRPC_STATUS("LYR0253", "a gRPC status is not known"),
  REDIRECT_URI("LYR0254", "uri and prefixRewrite are both set"),
  REDIRECT_PREFIX("LYR0255", "prefixRewrite needs prefix matches"),
  REDIRECT_EMPTY("LYR0256", "a redirect changes nothing"),
  SCHEME("LYR0257", "a scheme is neither http nor https"),
  BODY_SIZE("LYR0258", "a body is larger than 1 MB"),
  BODY_LARGE("LYR0259", Severity.WARNING, "a body is larger than 100 kB"),
  REWRITE_EXCLUSIVE("LYR0260", "uri and uriRegexRewrite are both set"),
  REWRITE_EMPTY("LYR0261", "a rewrite changes nothing"),
  REWRITE_REGEX("LYR0262", "a regex rewrite lacks match or rewrite"),
  RETRY_OFF("LYR0263", "attempts is 0 and other retry settings are given"),
  RETRY_ON("LYR0264", "a retry condition is not known"),
  WEIGHTS("LYR0265", "the weights of several destinations add up to 0"),
  DESTINATION_STAR("LYR0266", "a destination is *"),
  TLS_MATCH("LYR0267", "a tls rule has no match or no sniHosts"),
  NO_DESTINATION("LYR0268", "a tls or tcp rule has no route"),
  SNI_HOST("LYR0269", "a server name is not within the hosts"),
  SNI_IP("LYR0270", Severity.WARNING, "a server name is an IP address"),

  // Kubernetes kinds.
  SELECTOR_MISMATCH("LYR0280", "a Deployment's selector does not match its own pods"),
  SERVICE_PORT_NAMES("LYR0281", "several ports of a Service need unique names"),
  CONTAINER_NAMES("LYR0282", "two containers of a pod share a name"),

  // DestinationRule.
  SUBSET_TWICE("LYR0301", "two subsets share a name"),
  POLICY_EMPTY("LYR0302", "a traffic policy sets nothing"),
  TUNNEL_PROXY_PROTOCOL("LYR0303", "tunnel and proxyProtocol are both set"),
  PORT_POLICY_PORT("LYR0304", "a port policy names no port"),
  CONSECUTIVE_ERRORS("LYR0305", Severity.WARNING, "consecutiveErrors has no effect"),
  LOCAL_ORIGIN("LYR0306", "consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors"),
  POOL_EMPTY("LYR0307", "a connection pool has neither tcp nor http"),
  H2_UPGRADE("LYR0308", "UPGRADE and useClientProtocol are both set"),
  COOKIE("LYR0309", "a cookie has no name, or an attribute has none or is repeated"),
  RING_SIZE_OLD("LYR0310", Severity.WARNING, "consistentHash.minimumRingSize is deprecated"),
  RING_SIZE_TWICE("LYR0311", "the deprecated minimumRingSize is together with an algorithm"),
  MAGLEV_SIZE("LYR0312", "a Maglev table's size is not a prime below 5000011"),
  LOCALITY_AND_ZONE("LYR0313", "localityLbSetting and zoneAwareLbSetting are both set"),
  WARMUP("LYR0314", "a warmup is out of range"),
  DISTRIBUTE_AND_FAILOVER("LYR0315", "distribute and failover are both set"),
  FAILOVER_PRIORITY_TOPOLOGY("LYR0316", "failoverPriority has topology labels where it may not"),
  DISTRIBUTE_WEIGHTS("LYR0317", "shares are not within 1 to 100 or do not add up to 100"),
  LOCALITY("LYR0318", "a locality has an empty part or a misplaced wildcard, or overlaps another"),
  FAILOVER_NEEDS_OUTLIER(
      "LYR0319", Severity.WARNING, "failover has no effect without outlierDetection"),
  FAILOVER("LYR0320", "a failover is from a region to itself, or names more than a region"),
  TLS_MUTUAL("LYR0321", "MUTUAL lacks certificate or key"),
  TLS_CREDENTIAL("LYR0322", "credentialName is together with files"),
  TLS_INSECURE("LYR0323", "insecureSkipVerify is together with what it makes void"),
  TLS_CONFIGMAP("LYR0324", "a configmap of another namespace is named"),
  TUNNEL("LYR0325", "a tunnel's protocol or target is not valid"),
  EXPORT_WITH_SELECTOR("LYR0326", "a rule with workloadSelector is exported"),
  ERROR_CODE("LYR0327", "an HTTP error code is outside 100 to 599"),
  BUDGET("LYR0328", "a retry budget's percentage is outside 0.0 to 100.0"),

  // Gateway.
  NO_SERVERS("LYR0340", "a Gateway has no servers"),
  PORT_NAME_TWICE("LYR0341", "two ports share a name"),
  TARGET_PORT("LYR0342", "targetPort is set on a Gateway"),
  BIND("LYR0343", "bind is neither an IP nor a unix:// path with port 0"),
  NO_HOSTS("LYR0344", "there are no hosts"),
  TLS_MISSING("LYR0345", "an HTTPS or TLS port has no tls"),
  TLS_ON_PLAIN("LYR0346", "a plain port has tls"),
  HTTPS_REDIRECT("LYR0347", Severity.WARNING, "httpsRedirect has no effect on this protocol"),
  TLS_OLD("LYR0348", Severity.WARNING, "TLS 1.0 or 1.1 without cipher suites"),
  CIPHER("LYR0349", Severity.WARNING, "a cipher suite is unknown or repeated"),
  ISTIO_MUTUAL_FILES("LYR0350", "ISTIO_MUTUAL is together with certificates"),
  PASSTHROUGH_FILES("LYR0351", Severity.WARNING, "certificates have no effect with pass-through"),
  CERT_SOURCES("LYR0352", "certificates come from more than one source"),
  CERT_MISSING("LYR0353", "certificate or key is missing"),
  CA_MISSING("LYR0354", "the authorities for client certificates are missing"),
  CERTS_MANY("LYR0355", Severity.WARNING, "there are more than two certificates"),
  CRL("LYR0356", "caCrl has no effect here"),

  // ServiceEntry.
  SELECTOR_AND_ENDPOINTS("LYR0370", "workloadSelector and endpoints are both set"),
  HOST_STAR("LYR0371", "a host is *"),
  HOST_PARTIAL("LYR0372", Severity.WARNING, "a wildcard stands for part of a label"),
  CIDR_RESOLUTION("LYR0373", "a CIDR needs resolution NONE or STATIC"),
  PORT_TWICE("LYR0374", "two ports share a number"),
  TCP_WITHOUT_ADDRESS("LYR0375", Severity.WARNING, "a TCP port without addresses takes everything"),
  NONE_ENDPOINTS("LYR0376", "endpoints are given with resolution NONE"),
  NONE_SELECTOR("LYR0377", Severity.WARNING, "a workloadSelector is given with resolution NONE"),
  STATIC_ADDRESS("LYR0378", "an endpoint's address does not fit the resolution"),
  ENDPOINT_PORT("LYR0379", "an endpoint's port is not one of the service"),
  DNS_WILDCARD("LYR0380", "a wildcard host cannot be resolved"),
  ROUND_ROBIN_ENDPOINTS("LYR0381", "DNS_ROUND_ROBIN has more than one endpoint"),
  DNS_ADDRESSES("LYR0382", Severity.WARNING, "several hosts share addresses on a TCP port"),
  DYNAMIC("LYR0383", "DYNAMIC_DNS is together with what it excludes"),
  HOSTS_NEED_NAMES("LYR0384", "several hosts on a port that carries no host name"),
  UNIX_PORTS("LYR0385", "a unix:// endpoint has ports"),

  // WorkloadEntry, WorkloadGroup and Sidecar.
  ENDPOINT_ADDRESS("LYR0390", "a WorkloadEntry has no address, or one that cannot be"),
  NETWORK_ONLY("LYR0391", Severity.WARNING, "a WorkloadEntry has a network and no address"),
  PROBE("LYR0392", "a probe checks nothing"),
  SIDECAR_EMPTY("LYR0393", "a Sidecar says nothing"),
  EGRESS_CATCH_ALL("LYR0394", "an egress listener without a port is not the last"),
  LISTENER_TWICE("LYR0395", "two listeners share a port"),
  EGRESS_TWICE("LYR0396", Severity.WARNING, "an egress host is covered by another"),
  DEFAULT_ENDPOINT("LYR0397", "a defaultEndpoint is not on the workload"),
  INGRESS_TLS("LYR0398", "an ingress listener's TLS has what a sidecar does not do"),
  EGRESS_PROXY("LYR0399", "an egressProxy has no host, port or matching mode"),

  // PeerAuthentication, RequestAuthentication and AuthorizationPolicy.
  PORT_MTLS_SELECTOR("LYR0430", "portLevelMtls has no selector"),
  TARGETS("LYR0431", "a target is not valid, or a selector is given besides"),
  JWT_ISSUER("LYR0432", "a JWT rule has no issuer"),
  JWT_SOURCE("LYR0433", "an audience, token place or output claim is empty or not valid"),
  JWKS_URI("LYR0434", "jwksUri is not an http(s) URL"),
  PROVIDER("LYR0435", "CUSTOM lacks provider or rules, or another action has a provider"),
  CUSTOM_IDENTITY("LYR0436", "CUSTOM asks for identities"),
  DENY_NOTHING("LYR0437", "DENY has no rules"),
  RULE_EMPTY("LYR0438", "a source or operation has no condition"),
  ACCOUNTS("LYR0439", "serviceAccounts are too many, not well-formed or not alone"),
  VALUE_EMPTY("LYR0440", "a value of an AuthorizationPolicy is empty"),
  PATH_TEMPLATE("LYR0441", "a path template is not valid"),
  CONDITION("LYR0442", "a condition's attribute is not known, or has no values"),
  DENY_HTTP_ONLY("LYR0443", Severity.WARNING, "a DENY rule denies all connections on TCP ports"),
  TRUST_DOMAIN("LYR0444", "a trust domain has a slash or a misplaced wildcard"),

  // Telemetry, EnvoyFilter and WasmPlugin.
  TELEMETRY_MANY("LYR0450", Severity.WARNING, "more than one tracing or tracing provider"),
  PROVIDER_NAME("LYR0451", "a provider has no name"),
  TAG("LYR0452", "a tag has no name, or a value where it may not or must"),
  METRIC_NAME("LYR0453", "a customMetric has no name"),
  WASM_URL("LYR0454", "a WasmPlugin's url is not the address of a module"),
  WASM_HASH("LYR0455", "a WasmPlugin's sha256 is not 64 lower-case hexadecimal digits"),
  WASM_ENV("LYR0456", "a WasmPlugin sets a variable twice"),
  ENVOY_FILTER("LYR0460", Severity.WARNING, "an EnvoyFilter depends on inner configuration"),
  PATCH_INCOMPLETE("LYR0461", "a patch lacks applyTo, operation or value"),
  PATCH_MATCH("LYR0462", "a patch's match is about another kind of object"),
  PATCH_FILTER("LYR0463", "a patch's filter has no name or a misplaced subFilter"),

  // The mesh's own settings.
  MESH_CONFIG("LYR0470", "a mesh's settings cannot be read, or one of them has a bad value");

  private final String id;
  private final Severity severity;
  private final String meaning;

  Rule(String id, String meaning) {
    this(id, Severity.ERROR, meaning);
  }

  Rule(String id, Severity severity, String meaning) {
    this.id = id;
    this.severity = severity;
    this.meaning = meaning;
  }

  /** The stable identifier, for example {@code LYR0204}. */
  public String id() {
    return id;
  }

  /** Whether a violation refuses the object. */
  public Severity severity() {
    return severity;
  }

  /** One line for the reference. */
  public String meaning() {
    return meaning;
  }
}
