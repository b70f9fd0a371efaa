import django.db.models.deletion
from django.db import migrations, models

# Whoever writes an entry moves both balances, whoever changes a hold moves what is held; nobody moves them else.
FOLLOW = """
CREATE FUNCTION ledger_entries_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM arrived
        JOIN ledger_ledgeraccount debit ON debit.id = arrived.debit_id
        JOIN ledger_ledgeraccount credit ON credit.id = arrived.credit_id
        WHERE debit.dso_id <> credit.dso_id
    ) THEN
        RAISE EXCEPTION 'An entry stays with the accounts of one grid operator.' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE ledger_ledgeraccount account SET balance_urp = balance_urp + moved.amount
    FROM (
        SELECT side.account, sum(side.amount)::bigint AS amount
        FROM (SELECT credit_id AS account, amount_urp AS amount FROM arrived
              UNION ALL SELECT debit_id, -amount_urp FROM arrived) side
        GROUP BY side.account
    ) moved
    WHERE account.id = moved.account AND moved.amount <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_balances_follow AFTER INSERT ON ledger_ledgerentry
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_move_balances();

CREATE FUNCTION ledger_new_holds_move_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_ledgeraccount account SET held_urp = held_urp + change.amount
    FROM (SELECT account_id, sum(amount_urp)::bigint AS amount FROM arrived
          WHERE released_at IS NULL GROUP BY account_id) change
    WHERE account.id = change.account_id AND change.amount <> 0;
    RETURN NULL;
END
$$;
CREATE FUNCTION ledger_changed_holds_move_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_ledgeraccount account SET held_urp = held_urp + change.amount
    FROM (
        SELECT side.account_id, sum(side.amount_urp)::bigint AS amount
        FROM (SELECT account_id, amount_urp FROM arrived WHERE released_at IS NULL
              UNION ALL SELECT account_id, -amount_urp FROM gone WHERE released_at IS NULL) side
        GROUP BY side.account_id
    ) change
    WHERE account.id = change.account_id AND change.amount <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_held_follows_new AFTER INSERT ON ledger_hold
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ledger_new_holds_move_held();
CREATE TRIGGER ledger_held_follows_changed AFTER UPDATE ON ledger_hold
    REFERENCING NEW TABLE AS arrived OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_changed_holds_move_held();

CREATE FUNCTION ledger_refuse_direct() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Balances and what is held follow entries and holds alone.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_balance_is_not_set BEFORE UPDATE ON ledger_ledgeraccount FOR EACH ROW
    WHEN (pg_trigger_depth() = 0 AND (OLD.balance_urp, OLD.held_urp) IS DISTINCT FROM (NEW.balance_urp, NEW.held_urp))
    EXECUTE FUNCTION ledger_refuse_direct();
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_ledgeraccount FOR EACH ROW
    WHEN (NEW.balance_urp <> 0 OR NEW.held_urp <> 0) EXECUTE FUNCTION ledger_refuse_direct();
CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_ledgeraccount FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_direct();
CREATE TRIGGER ledger_hold_stays BEFORE DELETE ON ledger_hold FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_direct();
"""
LEAD = """
DROP TRIGGER ledger_hold_stays ON ledger_hold;
DROP TRIGGER ledger_account_stays ON ledger_ledgeraccount;
DROP TRIGGER ledger_account_opens_empty ON ledger_ledgeraccount;
DROP TRIGGER ledger_balance_is_not_set ON ledger_ledgeraccount;
DROP FUNCTION ledger_refuse_direct();
DROP TRIGGER ledger_held_follows_changed ON ledger_hold;
DROP TRIGGER ledger_held_follows_new ON ledger_hold;
DROP FUNCTION ledger_changed_holds_move_held();
DROP FUNCTION ledger_new_holds_move_held();
DROP TRIGGER ledger_balances_follow ON ledger_ledgerentry;
DROP FUNCTION ledger_entries_move_balances();
"""
# What open orders of a database in use hold. In a new one there are no orders yet, not even their table.
CARRY_OVER = """
DO $$
BEGIN
    IF to_regclass('orders_order') IS NOT NULL THEN
        INSERT INTO ledger_hold (auction_number, account_id, amount_urp, changed_at)
        SELECT orders.auction_id, hold.account_id, sum(hold.amount_urp)::bigint, max(hold.placed_at)
        FROM ledger_hold_by_order hold JOIN orders_order orders ON orders.id = hold.order_number
        WHERE hold.released_at IS NULL GROUP BY 1, 2 HAVING sum(hold.amount_urp) > 0;
    END IF;
END
$$;
DROP TABLE ledger_hold_by_order;
"""


class Migration(migrations.Migration):
    """Holds are kept per account and auction; accounts follow entries and holds in the database itself."""

    dependencies = [("ledger", "0003_money_of_statements")]
    operations = [
        migrations.RunSQL("ALTER TABLE ledger_hold RENAME TO ledger_hold_by_order", migrations.RunSQL.noop),
        migrations.RunSQL(
            "ALTER TABLE ledger_hold_by_order DROP CONSTRAINT hold_not_negative;"
            " DROP INDEX hold_open_by_account",
            migrations.RunSQL.noop,
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Hold")]),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "auction_number", "account_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("auction_number", models.BigIntegerField()),
                ("amount_urp", models.BigIntegerField()),
                ("changed_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="ledger.ledgeraccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_urp__gte", 0)), name="hold_not_negative")
                ],
                "indexes": [
                    models.Index(condition=models.Q(("released_at", None)), fields=["account"], name="hold_open_by_account")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "trading",
                            "supply",
                            "exchange",
                            "grid_fees",
                            "congestion_rent",
                            "payments",
                            "levies",
                            "vat",
                            "guarantee",
                        ],
                    )
                ),
                name="account_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customer__isnull", False), ("kind__in", ["trading", "supply"])),
                    models.Q(models.Q(("kind__in", ["trading", "supply"]), _negated=True), ("customer", None)),
                    _connector="OR",
                ),
                name="account_of_its_party",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "energy",
                            "withdrawal_fee",
                            "line_fee",
                            "congestion_rent",
                            "imbalance",
                            "payment",
                            "netting",
                            "levies",
                            "vat",
                            "guarantee",
                        ],
                    )
                ),
                name="entry_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(condition=models.Q(("document_kind", ""), _negated=True), name="entry_of_a_document"),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.RunSQL(FOLLOW, LEAD),
    ]
