"""Laws: pure functions of numbers and arrays, one law a file, equation and source beside it."""
