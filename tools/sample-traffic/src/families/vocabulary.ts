const words = (text: string): string[] => text.trim().split(/\s+/);

const table = (text: string): Record<string, string> =>
  Object.fromEntries(
    words(text)
      .map((pair) => pair.split(':'))
      .map(([key = '', value = '']) => [key, value]),
  );

export const NAMES =
  words(`Ada Amir Anouk Bela Bruno Carla Chidi Clara Dario Dina Edith Elio Emeka Esra Fabio Farah Felix
  Greta Hana Hugo Ines Ivan Jonas Julia Kenji Lara Leila Luis Maja Marek Marta Milan Nadia Nils Noor Olga Omar Paula Petra
  Priya Quinn Rafael Rosa Samir Sonja Stefan Tarek Tessa Tomas Ursula Vera Viktor Wanda Yara Yusuf Zoe Zuzana`);
export const PLACES = words(`Aarhus Bergen Bilbao Brno Cork Delft Dresden Fes Gdansk Ghent Graz Haifa Kandy Kazan Leeds
  Lucca Lyon Malmo Mysore Nantes Oulu Perth Porto Quito Riga Salta Split Tampere Turin Utrecht Varna Vigo Wroclaw York Zadar`);
export const ITEMS =
  words(`apples badges beads bolts books bottles bricks brushes buttons candles cards chairs coins cookies
  crayons cups envelopes eggs flags flowers jars keys lamps lemons magnets maps marbles mugs nails notebooks pears pencils
  pillows plates plums ribbons scarves screws shells spoons stamps stickers tiles tomatoes towels`);
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export const WORDS = words(`anchor basket bridge butter candle carpet castle cellar cherry circle copper cotton desert
  dragon engine fabric falcon father feather finger forest garden ginger guitar hammer harbor helmet hunter island jacket
  jungle kettle kitten ladder lantern leather lemon letter lizard magnet marble meadow mirror monkey mountain needle
  number orange oyster packet painter palace parrot pencil pepper pigeon pillow planet pocket poster potato powder prince
  puzzle rabbit ribbon river rocket saddle salmon school shadow silver singer sister spider spring square statue stream
  street summer table temple throat ticket timber tomato tunnel turtle valley velvet violin walnut window winter
  wizard yellow`);
export const TEAMS =
  words(`billing bookkeeping catering design facilities finance fleet helpdesk laboratory legal library
  logistics marketing museum nursery payroll procurement purchasing quality research roster sales security shipping stock
  support training travel warehouse workshop`);
export const TOPICS = words(`allotment archive bakery bicycle bus canteen choir clinic cinema concert courtyard elevator
  exhibition ferry fountain gym harbour heating laundry market orchard parking playground pool printer recycling roof
  sauna station storage theatre tram workshop`);

/** Countries and their capitals; one word each, so that a template can read them back. */
export const CAPITALS: Readonly<Record<string, string>> =
  table(`France:Paris Spain:Madrid Italy:Rome Portugal:Lisbon Germany:Berlin Austria:Vienna Poland:Warsaw Hungary:Budapest
  Greece:Athens Norway:Oslo Sweden:Stockholm Finland:Helsinki Denmark:Copenhagen Ireland:Dublin Belgium:Brussels
  Latvia:Riga Estonia:Tallinn Lithuania:Vilnius Croatia:Zagreb Serbia:Belgrade Bulgaria:Sofia Romania:Bucharest
  Slovenia:Ljubljana Iceland:Reykjavik Turkey:Ankara Egypt:Cairo Morocco:Rabat Tunisia:Tunis Kenya:Nairobi Ghana:Accra
  Senegal:Dakar Uganda:Kampala Zambia:Lusaka Angola:Luanda Japan:Tokyo China:Beijing Thailand:Bangkok
  Vietnam:Hanoi Nepal:Kathmandu Mongolia:Ulaanbaatar Iran:Tehran Iraq:Baghdad Jordan:Amman Lebanon:Beirut Canada:Ottawa
  Cuba:Havana Peru:Lima Chile:Santiago Uruguay:Montevideo Ecuador:Quito Colombia:Bogota Venezuela:Caracas Paraguay:Asuncion
  Australia:Canberra Fiji:Suva Samoa:Apia Malta:Valletta Cyprus:Nicosia Albania:Tirana`);
export const SYMBOLS: Readonly<Record<string, string>> =
  table(`hydrogen:H helium:He lithium:Li carbon:C nitrogen:N oxygen:O fluorine:F neon:Ne sodium:Na magnesium:Mg
  aluminium:Al silicon:Si phosphorus:P sulfur:S chlorine:Cl argon:Ar potassium:K calcium:Ca titanium:Ti chromium:Cr
  manganese:Mn iron:Fe cobalt:Co nickel:Ni copper:Cu zinc:Zn arsenic:As bromine:Br krypton:Kr silver:Ag tin:Sn iodine:I
  xenon:Xe barium:Ba tungsten:W platinum:Pt gold:Au mercury:Hg lead:Pb uranium:U`);

/** English word, then French, Spanish and German. */
export const DICTIONARY: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  `bread pain pan Brot|water eau agua Wasser|milk lait leche Milch|cheese fromage queso Kase|apple pomme manzana Apfel
  house maison casa Haus|door porte puerta Tur|table table mesa Tisch|book livre libro Buch|school ecole escuela Schule
  dog chien perro Hund|cat chat gato Katze|horse cheval caballo Pferd|bird oiseau pajaro Vogel|fish poisson pez Fisch
  sun soleil sol Sonne|moon lune luna Mond|night nuit noche Nacht|day jour dia Tag|rain pluie lluvia Regen
  snow neige nieve Schnee|fire feu fuego Feuer|tree arbre arbol Baum|flower fleur flor Blume|garden jardin jardin Garten
  street rue calle Strasse|city ville ciudad Stadt|bridge pont puente Brucke|church eglise iglesia Kirche|train train tren Zug
  hand main mano Hand|head tete cabeza Kopf|heart coeur corazon Herz|eye oeil ojo Auge|friend ami amigo Freund
  mother mere madre Mutter|father pere padre Vater|child enfant nino Kind|king roi rey Konig|war guerre guerra Krieg
  peace paix paz Frieden|work travail trabajo Arbeit|money argent dinero Geld|time temps tiempo Zeit|year annee ano Jahr
  white blanc blanco weiss|black noir negro schwarz|red rouge rojo rot|green vert verde grun|big grand grande gross
  salt sel sal Salz|sugar sucre azucar Zucker|egg oeuf huevo Ei|meat viande carne Fleisch|knife couteau cuchillo Messer
  window fenetre ventana Fenster|key cle llave Schlussel|letter lettre carta Brief|paper papier papel Papier|sea mer mar Meer`
    .split(/[|\n]/)
    .map((line) => words(line))
    .map(([english = '', ...others]) => [english, others]),
);
export const LANGUAGES = ['French', 'Spanish', 'German'] as const;

export const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  fruit: words('apple pear plum cherry mango banana apricot papaya grape fig quince melon'),
  animal: words('otter badger heron weasel camel zebra lynx walrus gecko moose ferret bison'),
  tool: words('hammer chisel wrench pliers screwdriver saw drill mallet crowbar sander clamp spanner'),
  instrument: words('violin trumpet oboe cello clarinet harp flute banjo tuba piano bassoon viola'),
  metal: words('iron copper nickel zinc cobalt titanium tin chromium aluminium platinum tungsten vanadium'),
  vehicle: words('tram ferry lorry scooter tractor bicycle van submarine glider taxi bus locomotive'),
  garment: words('jacket scarf glove sweater trousers blouse sock apron cardigan poncho shirt waistcoat'),
  furniture: words('wardrobe sofa stool bookcase armchair dresser cupboard bench sideboard footstool desk ottoman'),
};
