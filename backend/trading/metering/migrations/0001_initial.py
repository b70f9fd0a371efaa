import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MeterReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('metered_wh', models.IntegerField()),
                ('quality', models.CharField(choices=[('estimated', 'Estimated'), ('provisional', 'Provisional'), ('final', 'Final')], default='final', max_length=11)),
                ('received_at', models.DateTimeField()),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='grid.node')),
            ],
            options={
                'indexes': [models.Index(fields=['starts_at'], name='reading_by_start')],
                'constraints': [models.UniqueConstraint(fields=('node', 'starts_at'), name='reading_once'), models.CheckConstraint(condition=models.Q(('metered_wh__gte', 0)), name='reading_not_negative')],
            },
        ),
    ]
