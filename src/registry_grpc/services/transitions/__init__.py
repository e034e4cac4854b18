"""Use cases of transitions, one file for each thing that happens to one.

    requesting    asked for, or only checked; cancelled
    deciding      approved or rejected, by people
    settling      applied or expired, by time
    applying      looked at again, whenever it goes on: then it waits, or the versions move
    superseding   overtaken by another request or another move
    rolling_back  made and applied at once, back to what was; rollback_plan is what that comes to
    reading       one, or a page

What they share: `steps` are the moves, `evaluation` is what stands in their way by now, `record` is
how a transition is found, stored and ended.
"""
