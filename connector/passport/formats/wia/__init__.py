"""The WIA Battery Passport record 1.0.0: validation, integrity, and the way to BatteryPass 4.0.0 and back."""
