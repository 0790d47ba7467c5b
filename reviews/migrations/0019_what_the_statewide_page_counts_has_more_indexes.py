from django.db import migrations, models

PROHIBITED = ('virtual_user', 'screen_scraping', 'direct', 'writes')


def name_the_methods(apps, schema_editor):
    """The prohibited methods of what was received so far, after *prohibited* among the flags."""
    reviews = apps.get_model('reviews', 'Review').objects.filter(flags__contains='|prohibited|')
    changed = []
    for review in reviews.select_related('proposal').only('flags', 'proposal__cmips_methods'):
        methods = [key for key in PROHIBITED if key in review.proposal.cmips_methods]
        rest = [name for name in review.flags.split('|') if name not in ('', 'prohibited', *PROHIBITED)]
        review.flags = '|'.join(['', 'prohibited', *methods, *rest, ''])
        changed.append(review)
    reviews.bulk_update(changed, ['flags'], batch_size=500)


def name_them_no_more(apps, schema_editor):
    reviews = apps.get_model('reviews', 'Review').objects.filter(flags__contains='|prohibited|')
    changed = list(reviews.only('flags'))
    for review in changed:
        review.flags = '|'.join(name for name in review.flags.split('|') if name not in PROHIBITED)
    reviews.bulk_update(changed, ['flags'], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0018_decided_ones_of_a_county_have_their_order'),
    ]

    operations = [
        migrations.AlterField(
            model_name='review',
            name='flags',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.RunPython(name_the_methods, name_them_no_more),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('voided_at__isnull', True)), fields=['review', 'notified_on', 'due', 'day_30', 'received_on'], name='kept_periods'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('answered_at__isnull', True), ('voided_at__isnull', True)), fields=['review', 'due', 'day_30', 'received_on'], name='open_periods'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('answered_by', 'request')), fields=['answered_at', 'received_on', 'review'], name='periods_answered_by_request'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('voided_at__isnull', False)), fields=['voided_at', 'review'], name='voided_periods'),
        ),
    ]
