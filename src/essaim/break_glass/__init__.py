"""The sealed key of the house, split so that any two of five open it, and the kit that it opens. Neither Django nor the Manager, its
database or the bus is needed here: this is for the day when all of them are dead.

    shares    the key as five sheets of words (SLIP-0039), and back from any two
    kit       the vault's secrets, sealed for that key, in one file
    entry     certificates with which machines let people in, by an authority that comes from that key
"""
