"""Use cases of transitions, one file per step.

    requesting    requested, or only checked; cancelled
    deciding      approved or rejected
    due           applied or expired when due
    applying      evaluated again at every step: then it waits, or the versions move
    superseding   ended by another request or another move
    rolling_back  rolled back; rollback_plan computes the moves
    reading       read one, or a page

Shared: `steps` are the moves, `gate_evaluation` the result of their gates, `record` finds, stores
and ends a transition.
"""
