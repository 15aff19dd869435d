"""The forms that state a battery's footprint: BatteryPass 4.0.0 `circularity.carbonFootprint[]`, and IDTA 02035-3.

Both give kgCO2e per kWh of the energy over the service life, one entry for each life-cycle stage of Annex II of
Regulation (EU) 2023/1542. Canonically that is the unit PER_SERVICE_KWH, which no other form has: a product footprint
becomes such a statement, and such a statement a product footprint, only through the energy over the service life.
"""
