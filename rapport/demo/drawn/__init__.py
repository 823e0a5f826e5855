"""What happened in the synthetic practice, before anybody wrote it down: one file per thing drawn, numbers only.

Where automation changes something, the same random numbers are used with and without it, so that the difference is the
effect and nothing else: `..._without` is the same thing had no component ever gone live, `..._wave_1` the same had only
the redesign never come.
"""
