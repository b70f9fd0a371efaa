import django.db.models.deletion
import django.db.models.expressions
import trading.grid.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trading.grid.models.opaque_id, max_length=32, unique=True)),
                ('kind', models.CharField(choices=[('trading', 'Trading'), ('supply', 'Supply'), ('exchange', 'Exchange'), ('grid_fees', 'Grid Fees'), ('congestion_rent', 'Congestion Rent'), ('payments', 'Payments')], max_length=16)),
                ('balance_urp', models.BigIntegerField(default=0)),
                ('held_urp', models.BigIntegerField(default=0)),
                ('limit_urp', models.BigIntegerField(null=True)),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='grid.customer')),
                ('dso', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='grid.distributionsystemoperator')),
            ],
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.BigIntegerField()),
                ('amount_urp', models.BigIntegerField()),
                ('placed_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='ledger.ledgeraccount')),
            ],
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_urp', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('energy', 'Energy'), ('withdrawal_fee', 'Withdrawal Fee'), ('line_fee', 'Line Fee'), ('congestion_rent', 'Congestion Rent'), ('imbalance', 'Imbalance'), ('payment', 'Payment')], max_length=16)),
                ('document_kind', models.CharField(max_length=16)),
                ('document_id', models.BigIntegerField()),
                ('reference', models.BigIntegerField(default=0)),
                ('correction', models.PositiveSmallIntegerField(default=0)),
                ('booked_at', models.DateTimeField()),
                ('credit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='ledger.ledgeraccount')),
                ('debit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='ledger.ledgeraccount')),
            ],
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('customer', 'kind'), name='account_once_per_customer'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(condition=models.Q(('customer', None)), fields=('dso', 'kind'), name='account_once_per_operator'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('held_urp__gte', 0)), name='account_holds_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('limit_urp', None), ('balance_urp__gte', django.db.models.expressions.CombinedExpression(models.F('limit_urp'), '+', models.F('held_urp'))), _connector='OR'), name='account_within_limit'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('released_at', None)), fields=['account'], name='hold_open_by_account'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount_urp__gte', 0)), name='hold_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('order_number',), name='hold_one_open_per_order'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['debit', '-booked_at'], name='entry_by_debit'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['credit', '-booked_at'], name='entry_by_credit'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount_urp__gt', 0)), name='entry_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='entry_between_two_accounts'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('document_kind', 'document_id', 'kind', 'reference', 'correction'), name='entry_once_per_reason'),
        ),
    ]
