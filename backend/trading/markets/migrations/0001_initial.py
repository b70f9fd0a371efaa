import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExchangeClock',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('real_at', models.DateTimeField()),
                ('shows_at', models.DateTimeField()),
                ('speed', models.PositiveIntegerField(default=1)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='clock_only_one'), models.CheckConstraint(condition=models.Q(('speed__gte', 1), ('speed__lte', 3600)), name='clock_runs_forward')],
            },
        ),
        migrations.CreateModel(
            name='Market',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=8)),
                ('name', models.CharField(max_length=60)),
                ('period_minutes', models.PositiveSmallIntegerField(default=15)),
                ('delivery_minutes', models.PositiveSmallIntegerField(null=True)),
                ('gate_opens_days_before', models.PositiveSmallIntegerField()),
                ('gate_opens_local', models.TimeField()),
                ('session_minutes', models.PositiveSmallIntegerField(null=True)),
                ('gate_closes_days_before', models.PositiveSmallIntegerField(null=True)),
                ('gate_closes_local', models.TimeField(null=True)),
                ('gate_closes_minutes_before', models.PositiveSmallIntegerField(null=True)),
                ('strategies_bid_s_before', models.PositiveIntegerField()),
                ('publish_within_s', models.PositiveIntegerField()),
                ('accept_within_s', models.PositiveIntegerField()),
                ('solver_limit_s', models.PositiveIntegerField()),
                ('fallback_after_s', models.PositiveIntegerField()),
                ('cancel_after_s', models.PositiveIntegerField()),
                ('price_floor_rp_per_mwh', models.IntegerField(default=-50000)),
                ('price_cap_rp_per_mwh', models.IntegerField(default=400000)),
                ('tick_rp_per_mwh', models.PositiveIntegerField(default=1)),
                ('min_quantity_wh', models.PositiveIntegerField(default=1)),
                ('max_points_per_period', models.PositiveSmallIntegerField(default=200)),
                ('dso', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='markets', to='grid.distributionsystemoperator')),
            ],
        ),
        migrations.CreateModel(
            name='Auction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True)),
                ('delivery_day', models.DateField()),
                ('number', models.PositiveSmallIntegerField()),
                ('gate_opens_at', models.DateTimeField()),
                ('gate_closes_at', models.DateTimeField()),
                ('delivery_starts_at', models.DateTimeField()),
                ('delivery_ends_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('scheduled', 'Scheduled'), ('open', 'Open'), ('closed', 'Closed'), ('cleared', 'Cleared'), ('published', 'Published'), ('settled', 'Settled'), ('cancelled', 'Cancelled')], default='scheduled', max_length=10)),
                ('epoch', models.PositiveIntegerField(default=0)),
                ('claimed_by', models.CharField(blank=True, max_length=64)),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('strategies_bid_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('book_hash', models.CharField(blank=True, max_length=64)),
                ('market', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auctions', to='markets.market')),
            ],
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.UniqueConstraint(fields=('dso', 'code'), name='market_code_once'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('price_floor_rp_per_mwh__lt', models.F('price_cap_rp_per_mwh')), ('tick_rp_per_mwh__gte', 1)), name='market_bounds_in_order'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gate_closes_days_before__isnull', False), ('gate_closes_local__isnull', False), ('gate_closes_minutes_before', None)), models.Q(('gate_closes_days_before', None), ('gate_closes_local', None), ('gate_closes_minutes_before__isnull', False)), _connector='OR'), name='market_one_way_to_close'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('fallback_after_s__lte', models.F('cancel_after_s')), ('solver_limit_s__lte', models.F('fallback_after_s'))), name='market_deadlines_in_order'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(fields=['state', 'gate_closes_at'], name='auction_due'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(fields=['market', 'delivery_starts_at'], name='auction_by_delivery'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.UniqueConstraint(fields=('market', 'delivery_day', 'number'), name='auction_once'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('delivery_starts_at__lt', models.F('delivery_ends_at')), ('gate_closes_at__lte', models.F('delivery_starts_at')), ('gate_opens_at__lt', models.F('gate_closes_at'))), name='auction_times_in_order'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), models.Q(models.Q(('cancel_reason', ''), _negated=True), ('cancelled_at__isnull', False)), _connector='OR'), name='auction_cancelled_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['closed', 'cleared', 'published', 'settled']), _negated=True), models.Q(('book_hash', ''), _negated=True), _connector='OR'), name='auction_closed_with_hash'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('published_at', None), ('published_at__gte', models.F('gate_closes_at')), _connector='OR'), name='auction_published_after_closure'),
        ),
    ]
