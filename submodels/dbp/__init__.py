"""The seven submodels of a battery passport (IDTA 02035) out of one BatteryPass 4.0.0 payload."""
