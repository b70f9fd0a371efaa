import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StrategyChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('strategy', models.CharField(max_length=16)),
                ('active', models.BooleanField(default=False)),
                ('limit_price_rp_per_mwh', models.IntegerField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('actor', models.CharField(max_length=64)),
                ('node', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='strategy_choice', to='grid.node')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('strategy', 'manual'), _negated=True), ('limit_price_rp_per_mwh__isnull', False), _connector='OR'), name='strategy_manual_has_limit')],
            },
        ),
    ]
