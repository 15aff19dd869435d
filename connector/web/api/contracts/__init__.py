"""Operations on contracts and on what they rest on: agreements, policies, groups, evidence, export."""
