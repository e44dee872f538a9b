-- The words of the platform's own pages. Another language is another table. `state` is what a prober reads in X-Essaim-State; absent
-- where the page is the client's own wish. A line is HTML of ours; what a client wrote never stands here.
local MONTHS = {
    fr = { "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre" },
    en = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" },
}

-- `back`: 2026-11-26 14:30 CET, in the house's own time.
local function moment(back, language, shape)
    local year, month, day, hour, minute, zone = back:match("^(%d+)-(%d+)-(%d+) (%d+):(%d+) ?([%w+:-]*)$")
    if not year then
        return nil
    end
    return shape:gsub("@(%l+)@", {
        day = tostring(tonumber(day)), month = MONTHS[language][tonumber(month)] or "", year = year,
        hour = hour, minute = minute, zone = zone ~= "" and " (" .. zone .. ")" or "",
    })
end

local fr = {
    hosted = "Hébergé par",
    area = "espace client",
    back = function(back)
        return moment(back, "fr", "Retour prévu le @day@ @month@ @year@ vers @hour@ h @minute@@zone@.") or ""
    end,
    unknown = {
        state = "unknown",
        title = "Aucun site de ce nom ici",
        lines = { "Cette machine ne sert pas ce nom. L’adresse est peut-être mal écrite, ou le nom mène encore à la mauvaise machine." },
    },
    suspended = {
        state = "suspended",
        title = "Ce site est suspendu",
        lines = { "Il ne répond plus pour le moment. Son contenu est conservé." },
        owner = "Vous en êtes responsable ? Votre @area@ vous dit pourquoi, et à qui en parler.",
    },
    closed = {
        state = "closed",
        title = "Ce site est fermé",
        lines = { "Il n’existe plus à cette adresse." },
        owner = "C’était le vôtre ? Pendant trente jours, votre @area@ permet de le rétablir.",
    },
    maintenance = {
        state = "maintenance",
        title = "Ce site est en maintenance",
        lines = { "Il revient bientôt : merci de réessayer un peu plus tard." },
    },
    silent = {
        state = "silent",
        title = "Ce site ne répond pas",
        lines = { "Le programme qui fait ses pages n’a pas répondu à temps. Ce n’est pas votre connexion : réessayez dans un instant." },
        owner = "C’est le vôtre ? Votre @area@ montre ses dernières erreurs.",
    },
    gone = {
        title = "Cette page n’existe plus",
        lines = { "Elle a été retirée pour de bon. Le reste du site est toujours là : <a href=\"/\">la page d’accueil</a>." },
    },
    elsewhere = {
        title = "Accès réservé",
        lines = { "Cette page n’est ouverte qu’à certaines adresses du réseau, et la vôtre n’en fait pas partie." },
    },
    password = {
        title = "Mot de passe demandé",
        lines = { "Cette page demande un nom et un mot de passe. La personne qui s’occupe du site peut vous les donner." },
    },
    often = {
        title = "Trop d’essais",
        lines = { "Trop de mots de passe ont été essayés. Attendez une minute, puis recommencez." },
    },
    limited = {
        state = "limited",
        title = "Trop de demandes à la fois",
        lines = {
            "On a demandé à ce site plus qu’il ne répond à la fois : depuis votre adresse, ou par tous ses visiteurs ensemble.",
            "Attendez quelques secondes et réessayez. Ce que vous avez envoyé par un formulaire n’est pas arrivé : revenez en arrière et renvoyez-le.",
        },
    },
    held = {
        state = "shield",
        title = "Un instant",
        lines = {
            "Ce site reçoit un flot de demandes et vérifie donc d’abord ses visiteurs. Vous y serez dans une seconde.",
            "Votre navigateur garde pour cela un cookie, deux heures au plus ; rien d’autre n’est noté. Ce que vous avez envoyé par un formulaire n’est pas arrivé : revenez en arrière et renvoyez-le.",
        },
        onward = "Continuer",
    },
    cookieless = {
        state = "shield",
        title = "Ce site a besoin d’un cookie",
        lines = {
            "Ce site reçoit un flot de demandes et ne laisse donc entrer que les navigateurs qui gardent un cookie pour lui. Le vôtre n’en a pas envoyé.",
            "Autorisez les cookies pour ce site, puis réessayez.",
        },
        onward = "Réessayer",
    },
}

local en = {
    hosted = "Hosted by",
    area = "client area",
    back = function(back)
        return moment(back, "en", "Expected back on @day@ @month@ @year@ at about @hour@:@minute@@zone@.") or ""
    end,
    unknown = {
        title = "There is no site of that name here",
        lines = { "This machine does not serve that name. The address may be misspelt, or the name may still lead to the wrong machine." },
    },
    suspended = {
        title = "This site is suspended",
        lines = { "It does not answer for now. Its content is kept." },
        owner = "Is it yours? Your @area@ tells you why, and whom to ask.",
    },
    closed = {
        title = "This site is closed",
        lines = { "It is no longer at this address." },
        owner = "Was it yours? For thirty days you can restore it in your @area@.",
    },
    maintenance = {
        title = "This site is being worked on",
        lines = { "It will be back soon: please try again a little later." },
    },
    silent = {
        title = "This site does not answer",
        lines = { "The program that makes its pages did not answer in time. It is not your connection: try again in a moment." },
        owner = "Is it yours? Your @area@ shows its last errors.",
    },
    gone = {
        title = "This page is no more",
        lines = { "It was taken away for good. The rest of the site is still there: <a href=\"/\">the front page</a>." },
    },
    elsewhere = {
        title = "Access is restricted",
        lines = { "This page is open to some network addresses only, and yours is not among them." },
    },
    password = {
        title = "A password is needed",
        lines = { "This page asks for a name and a password. Whoever looks after the site can give you them." },
    },
    often = {
        title = "Too many attempts",
        lines = { "Too many passwords were tried. Wait for a minute, then try again." },
    },
    limited = {
        title = "Too many requests at once",
        lines = {
            "This site was asked for more than it answers at once: from your connection, or by all its visitors together.",
            "Wait a few seconds and try again. What you sent with a form did not arrive: go back, and send it once more.",
        },
    },
    held = {
        title = "One moment",
        lines = {
            "This site is being flooded with requests, so it looks at its visitors first. You are led on in a second.",
            "Your browser keeps a cookie for that, for two hours at most; nothing else is noted. What you sent with a form did not arrive: go back, and send it once more.",
        },
        onward = "Continue",
    },
    cookieless = {
        title = "This site needs a cookie",
        lines = {
            "This site is being flooded with requests, so it lets in only browsers that keep a cookie for it. Yours brought none.",
            "Allow cookies for this site, then try again.",
        },
        onward = "Try again",
    },
}

return { fr = fr, en = en }
