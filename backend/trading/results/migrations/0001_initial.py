import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
        ('markets', '0001_initial'),
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('final', models.BooleanField(default=True)),
                ('epoch', models.PositiveIntegerField()),
                ('rung', models.CharField(choices=[('full', 'Full'), ('without_blocks', 'Without Blocks')], default='full', max_length=16)),
                ('book_hash', models.CharField(max_length=64)),
                ('result_hash', models.CharField(max_length=64)),
                ('welfare_urp', models.BigIntegerField()),
                ('gap_urp', models.BigIntegerField(default=0)),
                ('traded_wh', models.BigIntegerField()),
                ('line_fees_urp', models.BigIntegerField()),
                ('congestion_rent_urp', models.BigIntegerField()),
                ('cleared_at', models.DateTimeField()),
                ('clearing_ms', models.PositiveIntegerField()),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='markets.auction')),
            ],
        ),
        migrations.CreateModel(
            name='PeriodResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.PositiveSmallIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('prices_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('prices_low_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('prices_high_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('flows_wh', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('traded_wh', models.BigIntegerField()),
                ('result', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='results.result')),
            ],
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('distance_m', models.PositiveIntegerField()),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('energy_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('prices_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('buyer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supplied_by', to='grid.node')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supplied', to='grid.node')),
                ('result', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partners', to='results.result')),
            ],
        ),
        migrations.CreateModel(
            name='OrderResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('ordered_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('accepted_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('prices_rp_per_mwh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('energy_urp', models.BigIntegerField()),
                ('fee_urp', models.BigIntegerField()),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_results', to='grid.node')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='orders.order')),
                ('result', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='results.result')),
            ],
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(fields=('auction', 'number'), name='result_number_once'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.UniqueConstraint(condition=models.Q(('final', True)), fields=('auction',), name='result_one_final'),
        ),
        migrations.AddIndex(
            model_name='periodresult',
            index=models.Index(fields=['starts_at'], name='period_result_by_start'),
        ),
        migrations.AddConstraint(
            model_name='periodresult',
            constraint=models.UniqueConstraint(fields=('result', 'period'), name='period_result_once'),
        ),
        migrations.AddIndex(
            model_name='partner',
            index=models.Index(fields=['seller', 'result'], name='partner_by_seller'),
        ),
        migrations.AddIndex(
            model_name='partner',
            index=models.Index(fields=['buyer', 'result'], name='partner_by_buyer'),
        ),
        migrations.AddConstraint(
            model_name='partner',
            constraint=models.UniqueConstraint(fields=('result', 'seller', 'buyer'), name='partner_once'),
        ),
        migrations.AddConstraint(
            model_name='partner',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('buyer')), _negated=True), name='partner_of_another'),
        ),
        migrations.AddIndex(
            model_name='orderresult',
            index=models.Index(fields=['node', 'result'], name='order_result_by_node'),
        ),
        migrations.AddConstraint(
            model_name='orderresult',
            constraint=models.UniqueConstraint(fields=('result', 'order'), name='order_result_once'),
        ),
    ]
