import fc from "fast-check";

// A mutant that one run finds is found by the next too; the smallest input that finds it is of no use to anybody.
fc.configureGlobal({ seed: 20_261_120, endOnFailure: true });
