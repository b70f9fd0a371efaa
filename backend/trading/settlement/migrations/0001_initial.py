import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Imbalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('scheduled_wh', models.IntegerField()),
                ('metered_wh', models.IntegerField()),
                ('imbalance_wh', models.IntegerField()),
                ('price_rp_per_mwh', models.IntegerField()),
                ('energy_urp', models.BigIntegerField()),
                ('fee_urp', models.BigIntegerField()),
                ('settled_at', models.DateTimeField()),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imbalances', to='grid.node')),
            ],
            options={
                'indexes': [models.Index(fields=['starts_at'], name='imbalance_by_start')],
                'constraints': [models.UniqueConstraint(fields=('node', 'starts_at'), name='imbalance_once'), models.CheckConstraint(condition=models.Q(('imbalance_wh', django.db.models.expressions.CombinedExpression(models.F('metered_wh'), '-', models.F('scheduled_wh')))), name='imbalance_is_the_difference')],
            },
        ),
    ]
