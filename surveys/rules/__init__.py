"""Pure rules of asking: no web, no SQL.

Where to look for what:

- A questionnaire as data: ``definition``, ``questions`` (one class for each kind), ``texts``, ``formats``.
- What happens while somebody answers: ``conditions``, ``logic`` (the only judge of what is shown and
  required), ``judging``, ``readings``, ``piping``, ``phrases`` (what our page itself says), ``seats``.
- Writing one: ``editing``, ``checking`` (what is wrong with a draft), ``describe``, ``difference``,
  ``templates``, ``notice``, ``foreign`` (files of other programs).
- Reaching people: ``asking`` (samples, tokens), ``opening`` (open links), ``suspicion``.
- Around it: ``duration`` (how long it takes), ``paper``.
- Results: ``scores`` (NPS, CSAT, CES with intervals), ``summaries``, ``marks`` (names of steps).
"""
