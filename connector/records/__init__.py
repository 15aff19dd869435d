"""What a node keeps: one Struct for each kind of record, and the collections that a store holds.

Fields named in a collection's `index` can be searched and ordered by; all others travel in the record's JSON body.
Times are aware UTC datetimes; free-form members keep amounts as Decimal.
"""
