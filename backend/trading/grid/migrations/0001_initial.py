import django.db.models.deletion
import trading.grid.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='DistributionSystemOperator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trading.grid.models.opaque_id, max_length=32, unique=True)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('municipality', models.CharField(max_length=120)),
            ],
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('is_utility', models.BooleanField(default=False)),
                ('dso', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='grid.distributionsystemoperator')),
            ],
        ),
        migrations.CreateModel(
            name='Bus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('position', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('border', 'Border'), ('substation', 'Substation'), ('junction', 'Junction'), ('connection', 'Connection')], max_length=16)),
                ('longitude', models.FloatField()),
                ('latitude', models.FloatField()),
                ('dso', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='buses', to='grid.distributionsystemoperator')),
            ],
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('length_m', models.PositiveIntegerField()),
                ('capacity_up_w', models.PositiveBigIntegerField(null=True)),
                ('capacity_down_w', models.PositiveBigIntegerField(null=True)),
                ('fee_up_rp_per_mwh', models.PositiveIntegerField(default=0)),
                ('fee_down_rp_per_mwh', models.PositiveIntegerField(default=0)),
                ('bus', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='line', to='grid.bus')),
                ('towards', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines_below', to='grid.bus')),
            ],
        ),
        migrations.CreateModel(
            name='Node',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trading.grid.models.opaque_id, max_length=32, unique=True)),
                ('side', models.CharField(choices=[('consumer', 'Consumer'), ('producer', 'Producer')], max_length=8)),
                ('withdrawal_fee_rp_per_mwh', models.PositiveIntegerField(default=0)),
                ('connection_capacity_w', models.PositiveBigIntegerField()),
                ('display_name', models.CharField(blank=True, max_length=60)),
                ('shared', models.BooleanField(default=False)),
                ('bus', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nodes', to='grid.bus')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nodes', to='grid.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Asset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=trading.grid.models.opaque_id, max_length=32, unique=True)),
                ('kind', models.CharField(choices=[('load', 'Load'), ('heat_pump', 'Heat Pump'), ('ev_charger', 'Ev Charger'), ('pv', 'Pv'), ('battery', 'Battery')], max_length=16)),
                ('name', models.CharField(max_length=60)),
                ('profile', models.CharField(blank=True, max_length=64)),
                ('rated_w', models.PositiveIntegerField()),
                ('capacity_wh', models.PositiveIntegerField(null=True)),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assets', to='grid.node')),
            ],
        ),
        migrations.CreateModel(
            name='Tariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField()),
                ('retail_energy_rp_per_mwh', models.IntegerField()),
                ('feed_in_rp_per_mwh', models.IntegerField()),
                ('grid_rp_per_mwh', models.IntegerField()),
                ('levies_rp_per_mwh', models.IntegerField()),
                ('vat_permille', models.PositiveSmallIntegerField()),
                ('same_transformer_permille', models.PositiveSmallIntegerField(default=600)),
                ('across_transformers_permille', models.PositiveSmallIntegerField(default=800)),
                ('dso', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tariffs', to='grid.distributionsystemoperator')),
            ],
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(fields=('dso', 'number'), name='customer_number_once'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('is_utility', True)), fields=('dso',), name='customer_one_utility'),
        ),
        migrations.AddConstraint(
            model_name='bus',
            constraint=models.UniqueConstraint(fields=('dso', 'name'), name='bus_name_once'),
        ),
        migrations.AddConstraint(
            model_name='bus',
            constraint=models.UniqueConstraint(fields=('dso', 'position'), name='bus_position_once'),
        ),
        migrations.AddConstraint(
            model_name='bus',
            constraint=models.CheckConstraint(condition=models.Q(('latitude__range', (-90, 90)), ('longitude__range', (-180, 180))), name='bus_on_earth'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('bus', models.F('towards')), _negated=True), name='line_between_two_buses'),
        ),
        migrations.AddConstraint(
            model_name='node',
            constraint=models.UniqueConstraint(fields=('customer', 'side'), name='node_one_per_side'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('capacity_wh__isnull', False), ('kind', 'battery')), models.Q(models.Q(('kind', 'battery'), _negated=True), ('capacity_wh', None)), _connector='OR'), name='asset_batteries_alone_store'),
        ),
        migrations.AddConstraint(
            model_name='tariff',
            constraint=models.UniqueConstraint(fields=('dso', 'valid_from'), name='tariff_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='tariff',
            constraint=models.CheckConstraint(condition=models.Q(('grid_rp_per_mwh__gte', 0), ('retail_energy_rp_per_mwh__gte', models.F('feed_in_rp_per_mwh'))), name='tariff_retail_above_feed_in'),
        ),
        migrations.AddConstraint(
            model_name='tariff',
            constraint=models.CheckConstraint(condition=models.Q(('across_transformers_permille__lte', 1000), ('same_transformer_permille__lte', models.F('across_transformers_permille'))), name='tariff_nearer_is_cheaper'),
        ),
    ]
