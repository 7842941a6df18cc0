"""Operations and the tape: reverse-mode differentiation."""
