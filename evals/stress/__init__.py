"""Small tests of memory, each with one difficulty: needles in haystacks that no shared word gives away."""
