package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;

/** Kubernetes' LabelSelector. */
@Open
@Doc("Chooses objects by their labels; all conditions must hold.")
public record LabelSelector(
    @Doc("Labels that must be equal.") Map<String, String> matchLabels,
    @Doc("Further conditions.") List<Requirement> matchExpressions) {
  public LabelSelector {
    matchLabels = Values.sorted(matchLabels);
    matchExpressions = List.copyOf(matchExpressions);
  }

  /** Whether an object with these labels is chosen. An empty selector chooses everything. */
  public boolean matches(Map<String, String> labels) {
    return labels.entrySet().containsAll(matchLabels.entrySet())
        && matchExpressions.stream().allMatch(r -> r.matches(labels));
  }

  /** Kubernetes' LabelSelectorRequirement. */
  @Open
  @Doc("A condition on one label.")
  public record Requirement(
      @Doc("The label.") String key,
      @Doc("In, NotIn, Exists or DoesNotExist.") Operator operator,
      @Doc("Values for In and NotIn.") List<String> values) {
    public Requirement {
      values = List.copyOf(values);
    }

    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case In -> value != null && values.contains(value);
        case NotIn -> value == null || !values.contains(value);
        case Exists -> value != null;
        case DoesNotExist -> value == null;
      };
    }
  }

  /** How a label is compared; named as Kubernetes writes it. */
  public enum Operator {
    @Doc("The label has one of the values.")
    In,
    @Doc("The label has none of the values, or is missing.")
    NotIn,
    @Doc("The label is there.")
    Exists,
    @Doc("The label is missing.")
    DoesNotExist
  }
}
