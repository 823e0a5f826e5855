"""Are the estimators right? Held against published results, and against simulations whose truth is known."""
