import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('grid', '0001_initial'),
        ('markets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('scheduled_wh', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedules', to='markets.auction')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedules', to='grid.node')),
            ],
            options={
                'indexes': [models.Index(fields=['node', 'starts_at'], name='schedule_by_node')],
                'constraints': [models.UniqueConstraint(fields=('auction', 'node'), name='schedule_once')],
            },
        ),
    ]
