import type { Draw } from '../draw.js';
import { numeric, textual, type Family, type Slots } from './family.js';
import { ITEMS, NAMES, PLACES, WEEKDAYS } from './vocabulary.js';

const people = (draw: Draw) => {
  const [name = '', friend = ''] = draw.some(NAMES, 2);
  const [place = '', other = ''] = draw.some(PLACES, 2);
  const [item = '', thing = ''] = draw.some(ITEMS, 2);
  return { name, friend, place, other, item, thing, day: draw.pick(WEEKDAYS) };
};

export const arithmetic: Family = {
  name: 'arithmetic',
  forms: [
    {
      template:
        '{name} runs a stall in {place} and buys {boxes} boxes of {item}, each holding {each}. On {day} {sold} of them are sold, and {given} go to {friend} as a present. How many {item} does {name} still have? Reply with the number only.',
      draw: (draw) => ({
        ...people(draw),
        boxes: draw.int(6, 24),
        each: draw.int(12, 36),
        sold: draw.int(15, 45),
        given: draw.int(3, 20),
      }),
      solve: (s) => {
        const all = s.number('boxes') * s.number('each');
        return numeric(
          all - s.number('sold') - s.number('given'),
          all - s.number('sold'),
          all + s.number('given') - s.number('sold'),
        );
      },
    },
    {
      template:
        'Tickets for the {place} fair cost {price} dollars for grown-ups and {child} dollars for children. {name} takes {adults} grown-ups and {children} children there on {day} and pays with {paid} dollars. What change, in dollars, does {name} get back? Just the number, please.',
      draw: (draw) => ({
        ...people(draw),
        price: draw.int(9, 25),
        child: draw.int(3, 8),
        adults: draw.int(2, 7),
        children: draw.int(2, 11),
        paid: draw.int(27, 50) * 10,
      }),
      solve: (s) => {
        const adults = s.number('price') * s.number('adults');
        const children = s.number('child') * s.number('children');
        return numeric(s.number('paid') - adults - children, s.number('paid') - adults, adults + children);
      },
    },
    {
      template:
        'A cyclist called {name} leaves {place} and rides {hours} hours at {speed} km per hour towards {other}, has lunch with {friend}, and then walks {more} hours at {pace} km per hour. How many kilometres were covered altogether? Answer with one number.',
      draw: (draw) => ({
        ...people(draw),
        hours: draw.int(2, 9),
        speed: draw.int(14, 29),
        more: draw.int(2, 6),
        pace: draw.int(3, 6),
      }),
      solve: (s) => {
        const ride = s.number('hours') * s.number('speed');
        return numeric(ride + s.number('more') * s.number('pace'), ride, ride + s.number('more') + s.number('pace'));
      },
    },
    {
      template:
        'Every week {name} puts {amount} euros aside. After {weeks} weeks {name} spends {spent} euros on {item} for {friend} and shares what remains equally among {heirs} cousins in {place}. How many whole euros does each cousin receive, ignoring the rest? Number only.',
      draw: (draw) => ({
        ...people(draw),
        amount: draw.int(11, 48),
        weeks: draw.int(12, 40),
        spent: draw.int(20, 110),
        heirs: draw.int(3, 9),
      }),
      solve: (s) => {
        const saved = s.number('amount') * s.number('weeks') - s.number('spent');
        return numeric(
          Math.floor(saved / s.number('heirs')),
          saved,
          Math.floor((saved + s.number('spent')) / s.number('heirs')),
        );
      },
    },
    {
      template:
        'A workshop in {place} makes {rate} {item} per hour and works {hours} hours on each of {days} days. {bad} of the {item} are faulty and are thrown away by {name}; {friend} orders {order}. How many good {item} are left after the order? Give only the number.',
      draw: (draw) => ({
        ...people(draw),
        rate: draw.int(13, 42),
        hours: draw.int(5, 9),
        days: draw.int(3, 6),
        bad: draw.int(4, 40),
        order: draw.int(20, 130),
      }),
      solve: (s) => {
        const made = s.number('rate') * s.number('hours') * s.number('days');
        return numeric(made - s.number('bad') - s.number('order'), made - s.number('order'), made);
      },
    },
  ],
};

/** Larger unit, smaller unit, how many of the smaller make the larger, what is measured so. */
const UNITS: readonly (readonly [string, string, number, readonly string[]])[] = [
  ['kilometres', 'metres', 1000, ['cable', 'fence', 'footpath', 'pipeline']],
  ['kilograms', 'grams', 1000, ['flour', 'coffee', 'rice', 'clay']],
  ['litres', 'millilitres', 1000, ['paint', 'syrup', 'juice', 'varnish']],
  ['tonnes', 'kilograms', 1000, ['gravel', 'cement', 'timber', 'fertiliser']],
  ['metres', 'centimetres', 100, ['rope', 'fabric', 'ribbon', 'moulding']],
  ['hours', 'minutes', 60, ['footage', 'rehearsal', 'overtime', 'training']],
  ['minutes', 'seconds', 60, ['music', 'silence', 'advertising', 'delay']],
  ['days', 'hours', 24, ['leave', 'drying', 'observation', 'travel']],
  ['weeks', 'days', 7, ['holiday', 'quarantine', 'probation', 'storage']],
  ['feet', 'inches', 12, ['shelving', 'hose', 'skirting', 'gutter']],
  ['yards', 'feet', 3, ['carpet', 'hedge', 'netting', 'track']],
  ['pounds', 'ounces', 16, ['cheese', 'butter', 'almonds', 'wool']],
  ['gallons', 'quarts', 4, ['milk', 'vinegar', 'detergent', 'oil']],
];

const drawUnits = (draw: Draw) => {
  const [big, small, , cargos] = draw.pick(UNITS);
  return { ...people(draw), big, small, cargo: draw.pick(cargos), amount: draw.int(3, 480) / 2 };
};
const factorOf = (s: Slots): number =>
  UNITS.find(([big, small]) => big === s.text('big') && small === s.text('small'))?.[2] ?? Number.NaN;
const converted = (s: Slots) => {
  const factor = factorOf(s);
  const right = s.number('amount') * factor;
  return numeric(right, right * 10, Math.round(right / 10), s.number('amount') + factor);
};

export const unitConversion: Family = {
  name: 'unit_conversion',
  forms: [
    {
      template:
        'The delivery note from {place} lists {amount} {big} of {cargo}. The form that {name} has to fill in wants the same quantity expressed in {small}. Convert {amount} {big} to {small} and reply with the number only.',
      draw: drawUnits,
      solve: converted,
    },
    {
      template:
        'Unit check for {name} in {place}: the old meter reads {amount} {big} ({cargo}). What is that measurement in {small}? One {big} to {small} conversion, no unit sign, only digits.',
      draw: drawUnits,
      solve: converted,
    },
    {
      template:
        'Please convert units. {name} measured {amount} {big} of {cargo} on {day}; the supplier {friend} quotes everything in {small}. How many {small} are {amount} {big}? Numeric value only.',
      draw: drawUnits,
      solve: converted,
    },
    {
      template:
        'On the {place} data sheet the column is headed "{big}" and holds {amount} for {cargo}, but our system stores {small}. Which value must {friend} enter after the unit conversion? Only the number.',
      draw: drawUnits,
      solve: converted,
    },
  ],
};

const DAY = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const ISO = '\\d{4}-\\d{2}-\\d{2}';
const drawDate = (draw: Draw): number => Date.UTC(2021, 0, 1) + draw.int(0, 2900) * DAY;
const weekdayOf = (ms: number): string => WEEKDAYS[(new Date(ms).getUTCDay() + 6) % 7] ?? '';
const dateSolution = (ms: number, ...wrong: readonly number[]) =>
  textual(iso(ms), [...wrong, ms + DAY, ms - DAY, ms + 30 * DAY].map(iso));
const BONDS = [
  'lease',
  'permit',
  'warranty',
  'loan',
  'insurance policy',
  'subscription',
  'visa',
  'contract',
  'licence',
];
const BOND = '[a-z ]+';

export const dateArithmetic: Family = {
  name: 'date_arithmetic',
  forms: [
    {
      template:
        '{name} signed the {bond} in {place} on {date} and has {days} days to withdraw, counting from the day after signing. On which calendar date does the period end? Give the date as YYYY-MM-DD and nothing else.',
      patterns: { date: ISO, bond: BOND },
      draw: (draw) => ({ ...people(draw), bond: draw.pick(BONDS), date: iso(drawDate(draw)), days: draw.int(9, 130) }),
      solve: (s) => {
        const start = Date.parse(s.text('date'));
        return dateSolution(start + s.number('days') * DAY, start);
      },
    },
    {
      template:
        'How many days lie between {from} and {to}? {name} needs the difference of the two dates for the {bond} register in {place}. Count the last date but not the first one. Number of days only.',
      patterns: { from: ISO, to: ISO, bond: BOND },
      draw: (draw) => {
        const from = drawDate(draw);
        return { ...people(draw), bond: draw.pick(BONDS), from: iso(from), to: iso(from + draw.int(20, 400) * DAY) };
      },
      solve: (s) => numeric(Math.round((Date.parse(s.text('to')) - Date.parse(s.text('from'))) / DAY)),
    },
    {
      template:
        'The {bond} of {name} and {friend} from {place} was dated {date}. Which day of the week was that date, in the Gregorian calendar? Answer with the English name of the weekday only.',
      patterns: { date: ISO, bond: BOND },
      draw: (draw) => ({ ...people(draw), bond: draw.pick(BONDS), date: iso(drawDate(draw)) }),
      solve: (s) => {
        const ms = Date.parse(s.text('date'));
        return textual(weekdayOf(ms), [weekdayOf(ms + DAY), weekdayOf(ms - DAY), weekdayOf(ms + 3 * DAY)]);
      },
    },
    {
      template:
        'A {bond} must be renewed exactly {weeks} weeks before it expires. The one that belongs to {name} in {place} expires on {date}. What is the date of the renewal? Write it as YYYY-MM-DD without any comment.',
      patterns: { date: ISO, bond: BOND },
      draw: (draw) => ({ ...people(draw), bond: draw.pick(BONDS), date: iso(drawDate(draw)), weeks: draw.int(2, 30) }),
      solve: (s) => {
        const end = Date.parse(s.text('date'));
        return dateSolution(end - s.number('weeks') * 7 * DAY, end, end + s.number('weeks') * 7 * DAY);
      },
    },
  ],
};
