package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Required;
import org.jspecify.annotations.Nullable;

/** The Gateway API's GatewayClass. */
@Doc("A kind of gateway, and who runs it.")
public record GatewayClass(
    @Doc("The controller, for example istio.io/gateway-controller.") @Required
        String controllerName,
    @Doc("An object with parameters for the controller.")
        @Nullable ParametersReference parametersRef,
    @Doc("What the class is for.") String description) {

  /** The Gateway API's ParametersReference and LocalParametersReference. */
  @Doc("An object with parameters.")
  public record ParametersReference(
      @Doc("Its API group.") @Required String group,
      @Doc("Its kind.") @Required String kind,
      @Doc("Its name.") @Required String name,
      @Doc("Its namespace.") String namespace) {}
}
