import django.contrib.postgres.fields
import django.db.models.deletion
import trading.grid.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
        ('markets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('prices_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('quantities_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('public_id', models.CharField(default=trading.grid.models.opaque_id, max_length=32)),
                ('side', models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('curve', models.CharField(choices=[('step', 'Step'), ('linear', 'Linear')], default='step', max_length=6)),
                ('state', models.CharField(choices=[('open', 'Open'), ('cancelled', 'Cancelled'), ('frozen', 'Frozen'), ('cleared', 'Cleared'), ('released', 'Released')], default='open', max_length=9)),
                ('source', models.CharField(max_length=32)),
                ('actor', models.CharField(max_length=64)),
                ('version', models.PositiveIntegerField(default=1)),
                ('fee_rp_per_mwh', models.IntegerField()),
                ('held_urp', models.BigIntegerField()),
                ('idempotency_key', models.CharField(max_length=255, null=True)),
                ('received_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('ordered_wh', models.BigIntegerField()),
                ('accepted_wh', models.BigIntegerField(null=True)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='markets.auction')),
                ('node', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='grid.node')),
            ],
        ),
        migrations.CreateModel(
            name='OrderVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('prices_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('quantities_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('version', models.PositiveIntegerField()),
                ('deed', models.CharField(choices=[('placed', 'Placed'), ('replaced', 'Replaced'), ('cancelled', 'Cancelled')], max_length=9)),
                ('curve', models.CharField(choices=[('step', 'Step'), ('linear', 'Linear')], max_length=6)),
                ('actor', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='orders.order')),
            ],
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['auction', 'node'], name='order_by_auction'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['node', '-id'], name='order_by_node'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('periods__len__gte', 1), ('prices_rp_per_mwh__len', models.F('periods__len')), ('quantities_wh__len', models.F('periods__len'))), name='order_arrays_of_one_length'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancelled_at__isnull', False), _connector='OR'), name='order_cancelled_with_time'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cleared'), _negated=True), ('accepted_wh__isnull', False), _connector='OR'), name='order_cleared_with_quantity'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_wh', None), models.Q(('accepted_wh__gte', 0), ('accepted_wh__lte', models.F('ordered_wh'))), _connector='OR'), name='order_accepted_within_ordered'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('held_urp__gte', 0)), name='order_hold_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('public_id',), name='order_public_id_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('node', 'idempotency_key'), name='order_key_once_per_node'),
        ),
        migrations.AddConstraint(
            model_name='orderversion',
            constraint=models.UniqueConstraint(fields=('order', 'version'), name='order_version_once'),
        ),
    ]
