"""Untrusted config to `ModelGraph`; canonical form, exact comparison, differences in words. Knows no Keras."""

from grader.graph.codec import decode_graph, encode_graph, serialise
from grader.graph.dependence import formula_of, ignores_numbers, is_all_there_is, reaches, silencer
from grader.graph.differences.expected_as_typed import with_initializers
from grader.graph.differences.expected_names import Nameless, nameless
from grader.graph.differences.explain import correction, differences, written_out
from grader.graph.differences.in_place import Setting, WrongValues
from grader.graph.differences.names import LayerNames, generated, is_result, located, no_input
from grader.graph.equality.canonical_form import canonical, orders, without_initializers
from grader.graph.equality.compare import Freedom, align, as_fed, equal, has_type, in_order, named_order
from grader.graph.reading.catalogue import by_name, loss_name, losses_by_head, optimizer_name, weights_by_head
from grader.graph.reading.config import Rejection, parse, with_unused
from grader.graph.reading.parameters import has_weights
