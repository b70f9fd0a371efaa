from shared.postgresql.prepared import Prepared
from webapp.access.models import Appointment, Pairing

# The nodes of a user as an array, for statements that ask who somebody is (`webapp.users.seen`).
NODES_OF = """
    ARRAY(SELECT node FROM access_pairing CROSS JOIN LATERAL (VALUES (consumer_node_id), (producer_node_id))
        AS mine (node) WHERE user_id = {user} AND unpaired_at IS NULL AND node IS NOT NULL)
"""
_nodes = Prepared(f"SELECT {NODES_OF.format(user='%(user)s')}", user="uuid")  # nosec B608: our own text alone


def pairings_of(user):
    """The user's pairings, oldest first."""
    return Pairing.objects.filter(user=user, unpaired_at=None).order_by("paired_at", "pairing_id")


def nodes_of(user):
    """The nodes that a user may act for: read once at each request, with who it is."""
    found = getattr(user, "seen_nodes", None)
    return frozenset(_nodes.rows(user=user.pk)[0][0] if found is None else found)


def acts_for_dso(user, dso_id):
    """True if the user belongs to this DSO's staff."""
    return Appointment.objects.filter(user=user, dso_id=dso_id).exists()


def staff_of(dso_id):
    """The keys of the users who belong to a DSO's staff."""
    rows = Appointment.objects.filter(dso_id=dso_id, user__is_active=True)
    return list(rows.values_list("user_id", flat=True))


def users_by_node(nodes):
    """Which user each of these nodes is paired with."""
    found = {}
    for side in ("consumer_node_id", "producer_node_id"):
        rows = Pairing.objects.filter(unpaired_at=None, user__is_active=True, **{f"{side}__in": nodes})
        found |= dict(rows.values_list(side, "user_id"))
    return found


def described(pairing):
    """A pairing as the page sees it."""
    return {
        "pairingId": str(pairing.pairing_id),
        "dsoId": pairing.dso_id,
        "dsoName": pairing.dso_name,
        "customerNumber": pairing.customer_number,
        "consumerNodeId": pairing.consumer_node_id,
        "producerNodeId": pairing.producer_node_id,
    }


def described_pairings(user):
    """All pairings of a user as the page sees them."""
    return [described(pairing) for pairing in pairings_of(user)]


def present_pairings():
    """Every pairing that holds, by customer."""
    rows = Pairing.objects.filter(unpaired_at=None).select_related("user")
    return rows.order_by("dso_id", "customer_number")
