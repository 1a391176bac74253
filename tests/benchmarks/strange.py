"""Questions about things that no note of garden or xquad-en speaks of."""

QUESTIONS = """
how to unclog a kitchen sink drain
best bait for catching trout in autumn
replace the timing belt of a diesel engine
crochet pattern for a baby blanket
sourdough starter feeding schedule
symptoms of hip dysplasia in german shepherds
winter tyre pressure for a small van
how long to boil a soft egg
pruning apple trees in february
offside rule in football explained
cheapest ferry from Dover to Calais
treating powdery mildew on courgettes
how to bleed a radiator
knee pain after running downhill
depreciation of office furniture for tax
which oil to use for a chainsaw
varnishing an oak floor
how do I descale an espresso machine
vaccination schedule for kittens
lime mortar repointing of brick walls
mixing concrete for fence posts
training plan for a first marathon
hatching chicken eggs in an incubator
opening hours of the municipal swimming pool
how to fold a fitted sheet
beekeeping hive inspection in spring
volcanic eruptions in Iceland
removing red wine stains from carpet
carburettor cleaning on an old moped
figure skating scoring of a triple axel
how to tie a bowline knot
insulin dosage for type 2 diabetes
dough hydration for neapolitan pizza
the life cycle of salmon
wallpaper paste for damp rooms
growing tomatoes on a balcony
bicycle chain replacement interval
rheumatoid arthritis diet
calving difficulties in dairy cattle
how to read a tide table
soldering copper pipes
sewing a zip into a skirt
antibiotics for a tooth abscess
potty training a toddler
roof tiles broken after a storm
tuning the strings of a cello
mortgage rates for first time buyers
ski waxing at low temperature
feeding hedgehogs in the garden at night
whooping cough booster during pregnancy
""".strip().splitlines()
