"""A record in the WIA format for the demo: the same kind of pack, told in the other format's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

RECORD: dict[str, Any] = {
    "version": "1.0.0",
    "passportId": "BP-2026-000123",
    "batteryId": "BAT-2026-LI-000123",
    "created": "2026-10-05T08:15:00Z",
    "identity": {
        "manufacturer": "Example Battery GmbH",
        "model": "ION-E75",
        "serialNumber": "ION-E75-000123",
        "manufacturingDate": "2026-09-14",
        "manufacturingLocation": {"country": "DE", "city": "Ulm"},
    },
    "chemistry": {
        "type": "lithium-ion",
        "cathode": "NMC622",
        "anode": "graphite",
        "materials": [
            {
                "name": "Nickel",
                "symbol": "Ni",
                "percentage": Decimal("57.5"),
                "source": {"country": "CA", "certifications": ["RMI", "IRMA"]},
            },
            {"name": "Manganese", "symbol": "Mn", "percentage": 19},
            {
                "name": "Cobalt",
                "symbol": "Co",
                "percentage": 19,
                "source": {"country": "AU", "certifications": ["RMI", "Fair Cobalt Alliance"], "conflictFree": True},
            },
            {
                "name": "Lithium",
                "symbol": "Li",
                "percentage": Decimal("4.5"),
                "source": {"country": "CL", "certifications": ["RMI"]},
            },
        ],
    },
    "specifications": {"nominalVoltage": 374, "nominalCapacity": 201, "expectedCycleLife": 1500},
    "lifecycle": {"status": "in_use", "stateOfHealth": Decimal("99.1"), "cycleCount": 211},
}
